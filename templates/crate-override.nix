# What `crateOverrides` says of a package, sorted by what it is for.
#
# crateOverrides: package name -> function from the package's attributes to attributes, nixpkgs' shape
# facts: the package's
{ crateOverrides, facts }:
let
  own = (crateOverrides.${facts.pname} or (_: { })) {
    crateName = facts.pname;
    inherit (facts) version features;
  };
  notVariables = [
    "buildInputs"
    "nativeBuildInputs"
    "propagatedBuildInputs"
    "propagatedNativeBuildInputs"
    "depsBuildBuild"
    "extraRustcOpts"
    "extraRustcOptsForBuildRs"
    "extraLinkFlags"
    "patches"
    "prePatch"
    "postPatch"
    "preConfigure"
    "postConfigure"
    "preBuild"
    "postBuild"
    "preInstall"
    "postInstall"
    "src"
    "features"
    "meta"
    "passthru"
  ];
  asText =
    value:
    if builtins.isBool value then
      (if value then "1" else "")
    else
      toString value;
in
own
// {
  environment = builtins.mapAttrs (_: asText) (removeAttrs own notVariables);
}
