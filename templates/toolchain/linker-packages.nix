# nixpkgs' packages for the linkers that .cargo/config.toml or the user names: `linker = "clang"`, and
# `-C linker=clang` or `-fuse-ld=NAME` in the rustflags.
#
# linker: name of a binary, or null
# rustflags: of the side that is linked
# pkgs: a package set whose binaries run on the machine that builds, for that side
# Returns
#   driver: path of the binary that `linker` means, or null if the package set has none of that name
#   rustflags: with the path of clang for its name
#   tools: packages for PATH, where the compiler looks for `ld.NAME`
#   folders: directories of all binaries that are named, for the PATH of a shell, where cargo looks for them by name
{
  linker,
  rustflags,
  pkgs,
}:
let
  inherit (builtins)
    concatMap
    filter
    map
    match
    ;
  # Keyed by `-fuse-ld` name. Like nixpkgs' own ld, the wrapped linkers make binaries find their shared libraries.
  linkers = {
    mold = pkgs.mold-wrapped or pkgs.mold or null;
    lld = pkgs.llvmPackages.bintools or pkgs.lld or null;
    wild = pkgs.wild-wrapped or pkgs.wild or null;
  };
  named = concatMap (
    flag:
    let
      found = match ".*-fuse-ld=([A-Za-z0-9_.+-]+).*" flag;
    in
    if found == null then [ ] else found
  ) rustflags;
  missing =
    name:
    throw ''
      cargo2nix-ts: rustflags ask for the linker '${name}' (-fuse-ld=${name}), and the package set has no `${name}`.
      Add it to the package set that Cargo.nix is given (an overlay with `${name}`, a package with bin/ld.${name}), or take the flag out.'';
  own = pkgs.targetPackages.stdenv.cc or pkgs.stdenv.cc;
  package = if own.isClang or false then own else pkgs.clang or null;
  clang =
    if package != null then
      "${package}/bin/${package.targetPrefix or ""}clang"
    else
      throw ''
        cargo2nix-ts: the configuration of cargo names the linker 'clang', and the package set has no `clang`.
        Add it to the package set that Cargo.nix is given (an overlay with `clang`, a package with bin/clang), or name no linker.'';
  withClang =
    flag:
    let
      found = match "((-C|--codegen=)?linker=)clang" flag;
    in
    if found == null then flag else "${builtins.head found}${clang}";
  tools = map (name: if linkers.${name} == null then missing name else linkers.${name}) (
    filter (name: linkers ? ${name}) named
  );
in
{
  inherit tools;
  driver = if linker == "clang" then clang else null;
  rustflags = map withClang rustflags;
  folders =
    map (tool: "${tool}/bin") tools
    ++ (if linker == "clang" || map withClang rustflags != rustflags then [ (dirOf clang) ] else [ ]);
}
