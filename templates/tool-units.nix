# What `cargo clippy` and `cargo doc --no-deps` look at in a package: its library, its programs and, for clippy,
# its build script.
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
  documented =
    (if elem "lib" facts.undocumented then [ ] else ofLibrary)
    ++ map (name: programs.${name}) (filter isDocumented (attrNames programs));
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
