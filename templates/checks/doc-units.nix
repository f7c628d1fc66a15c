# What `cargo doc --no-deps` documents in a package: its library, its binaries, and any other targets with `doc = true`.
#
# compile: turns arguments of compile-unit.nix into a unit, adding what all units of the package share
# asWritten: see clippy-units.nix
# libraryArguments; programArguments: name -> path of the crate root -> arguments
# Returns rustdoc's output directory, or null if nothing is documented.
{
  project,
  compiler,
  facts,
  source,
  compile,
  asWritten,
  libraryArguments,
  programArguments,
}:
let
  inherit (builtins)
    attrNames
    elem
    filter
    foldl'
    head
    replaceStrings
    ;
  isDocumented = name: !elem "bin:${name}" facts.undocumented && !isShadowed name;
  # A binary named like its library would write its pages over the library's.
  isShadowed = name: facts.lib != false && replaceStrings [ "-" ] [ "_" ] name == facts.libName;
  # Examples, tests and benchmarks.
  others = map (
    target:
    let
      kind = head (builtins.match "([a-z]*):.*" target);
      targetName = (import ../lib/text.nix).relativeTo kind target;
    in
    programArguments targetName targetRoots.${target}
    // {
      inherit kind;
      source = source.targets.${target};
      crateTypes = import ../lib/words.nix (
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
    (import ../units/program-env.nix {
      inherit (compiler) triple;
      gated = facts.gatedBins;
      programs = facts.bins;
    }).files;
  documented =
    (if elem "lib" facts.undocumented then [ ] else asWritten.library)
    ++ map (name: asWritten.programs.${name}) (filter isDocumented (attrNames asWritten.programs))
    ++ others;
in
foldl' (
  previous: arguments:
  compile (
    arguments
    // {
      tool = "rustdoc";
      inherit previous;
      toolArguments = project.extraRustdocFlags;
    }
  )
) null documented
