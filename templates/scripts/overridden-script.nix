# The output that cargo's configuration sets in place of a package's build script (`[target.<triple>.<links>]`), in the
# form of a run of that script; see run-build-script.nix.
#
# compiler: of the side for which the package is compiled
# root: the workspace's directory, to which relative search paths refer
# settings: profile settings for the run
# output: the lists of script-outputs.ts, without the empty ones
{
  compiler,
  facts,
  root,
  settings,
  output,
}:
let
  inherit (import ../lib/text.nix) hasPrefix;
  placed =
    text:
    let
      parts = builtins.match "((all|crate|dependency|framework|native)=)?(.*)" text;
      kind = builtins.head parts;
      path = builtins.elemAt parts 2;
      place = root + "/${path}";
    in
    if path == "" || hasPrefix "/" path || !builtins.pathExists place then
      text
    else
      (if kind == null then "" else kind)
      + "${builtins.path {
        name = "search-path";
        path = place;
      }}";
  # Cargo sets it as well, to an empty directory.
  outDir = "target/${settings.root}/build/${facts.pname}/out";
  derivation = compiler.buildShell {
    name = import ../units/unit-name.nix {
      inherit facts;
      kind = "run";
    };
    script = ./overridden-script.sh;
    linkSearch = map placed (output.linkSearch or [ ]);
    linkLib = output.linkLib or [ ];
    linkArgs = output.linkArgs or [ ];
    cfg = output.cfg or [ ];
    checkCfg = output.checkCfg or [ ];
    env = output.env or [ ];
    metadata = output.metadata or [ ];
    inherit outDir;
  };
in
derivation
// {
  outDir = "${derivation}/${outDir}";
  # The package is unchanged.
  dir = "";
}
