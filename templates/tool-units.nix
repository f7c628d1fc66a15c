# What `cargo clippy` and `cargo doc --no-deps` look at in a package: its library, its programs, for clippy its build
# script, and further targets that are to be documented.
#
# project: see unit-graph.nix
# source: see crate-source.nix
# compile: from arguments of compile-unit.nix to a unit, with what all units of the package have in common
# libraryArguments, scriptArguments; programArguments: name -> path of the root -> arguments
# Returns
#   lints: list of units, one for each call of clippy
#   pages: rustdoc's folder, or null where nothing is documented
{
  project,
  compiler,
  facts,
  source,
  compile,
  libraryArguments,
  programArguments,
  scriptArguments,
}:
let
  inherit (builtins)
    attrNames
    attrValues
    elem
    filter
    foldl'
    head
    mapAttrs
    replaceStrings
    ;
  hasLibrary = facts.lib != false;
  programs = mapAttrs (
    name: rootFile: programArguments name rootFile // { source = source.programsAsWritten; }
  ) facts.bins;
  ofScript = if facts.build == null then [ ] else [ scriptArguments ];
  ofLibrary =
    if hasLibrary then [ (libraryArguments // { source = source.libraryAsWritten; }) ] else [ ];

  # As the program `cargo-clippy` hands them to the compiler in its place.
  clippyEnvironment = {
    CLIPPY_TERMINAL_WIDTH = "0";
    CLIPPY_ARGS = builtins.concatStringsSep "" (
      map (argument: "${argument}__CLIPPY_HACKERY__") project.clippyArgs
    );
  }
  // project.clippySettingsOf facts;

  isDocumented = name: !elem "bin:${name}" facts.undocumented && !isShadowed name;
  # Pages of a program that is named like its library would lie where the library's are.
  isShadowed = name: hasLibrary && replaceStrings [ "-" ] [ "_" ] name == facts.libName;
  # Examples, tests and benchmarks.
  others = map (
    target:
    let
      kind = head (builtins.match "([a-z]*):.*" target);
      targetName = builtins.substring (builtins.stringLength kind + 1) (-1) target;
    in
    programArguments targetName targetRoots.${target}
    // {
      inherit kind;
      source = source.targets.${target};
      crateTypes = import ./words.nix (
        if kind == "example" then facts.exampleTypes.${targetName} or "bin" else "bin"
      );
    }
    // (
      if kind == "example" then
        { }
      else
        {
          inherit (libraryArguments) externs;
          programs = programFiles;
        }
    )
  ) facts.documented;
  targetRoots = project.targetRootsOf facts.key;
  programFiles =
    (import ./program-env.nix {
      inherit (compiler) triple;
      gated = facts.gatedBins;
      programs = facts.bins;
    }).files;
  documented =
    (if elem "lib" facts.undocumented then [ ] else ofLibrary)
    ++ map (name: programs.${name}) (filter isDocumented (attrNames programs))
    ++ others;
in
{
  lints = map (
    arguments:
    compile (
      arguments
      // {
        tool = "clippy";
        environment = project.env // clippyEnvironment;
      }
    )
  ) (ofLibrary ++ attrValues programs ++ ofScript);
  pages = foldl' (
    previous: arguments:
    compile (
      arguments
      // {
        tool = "rustdoc";
        inherit previous;
        toolArguments = project.extraRustdocFlags;
      }
    )
  ) null documented;
}
