# The variables in which build scripts look for C compilers (the `cc` crate reads them), for both platforms of a pair.
#
# platforms: list of compilers (compiler.nix)
{ platforms }:
let
  inherit (builtins) concatMap listToAttrs replaceStrings;
  variablesOf =
    { triple, cc, ... }:
    let
      suffix = replaceStrings [ "-" "." ] [ "_" "_" ] triple;
      prefix = cc.targetPrefix or "";
      bintools = cc.bintools or cc;
      variable = name: value: {
        name = "${name}_${suffix}";
        inherit value;
      };
    in
    [
      (variable "CC" "${cc}/bin/${prefix}cc")
      (variable "CXX" "${cc}/bin/${prefix}c++")
      (variable "AR" "${bintools}/bin/${prefix}ar")
    ];
in
listToAttrs (concatMap variablesOf platforms)
