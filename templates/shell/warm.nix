# What lets cargo in a shell take compiled dependencies from the store: an index of the units that Nix compiles, and the
# RUSTC_WRAPPER that looks them up. See docs/warm-dependencies.md.
#
# compilers: { host; build; } (compiler.nix); rustcs: the rustc binaries that cargo may call there
# units: { compiled; runs; } (warm-units.nix)
# isLazy: only name the units, so that a shell opens at once; cargo compiles those that are not in the store yet
{
  compilers,
  rustcs,
  units,
  isLazy,
}:
let
  inherit (builtins)
    attrNames
    attrValues
    concatStringsSep
    filter
    groupBy
    length
    listToAttrs
    mapAttrs
    match
    ;
  inherit (compilers.build) buildShell;
  named = text: if isLazy then builtins.unsafeDiscardStringContext text else text;
  # The same unit may appear in several graphs.
  distinct =
    units:
    attrValues (
      listToAttrs (
        map (unit: {
          name = builtins.unsafeDiscardStringContext "${unit}";
          value = unit;
        }) units
      )
    );

  # From a registry and from its repository, a package may have the same files. Cargo compiles two crates, and the wrapper
  # cannot tell which one is requested.
  sourcesOf = mapAttrs (_: units: length (attrNames (groupBy (unit: unit.key) units))) (
    groupBy (unit: "${unit.pname}-${unit.version}") units.compiled
  );

  # Lines of NAME=VALUE.
  recordOf =
    {
      record,
      pname,
      version,
      ...
    }:
    let
      field = name: value: "${name}=${value}";
      fields = [
        (field "package" "${pname}-${version}")
        (field "crate" record.crateName)
        (field "folder" record.folder)
        (field "file" record.fileName)
        (field "root" record.rootFile)
        (field "argument" "--edition")
        (field "argument" record.edition)
      ]
      ++ map (field "argument") record.arguments
      ++ map (name: field "extern" "${name}=${record.externs.${name}}") (attrNames record.externs)
      ++ (
        if record.run == null then
          [ ]
        else
          [
            (field "run" "${record.run}")
            (field "said" "${record.run.record}")
          ]
      )
      ++ map (run: field "linked" "${run}") record.otherRuns;
    in
    if sourcesOf."${pname}-${version}" > 1 then
      null
    # Output that cargo's configuration sets in place of a build script is not recorded; no cargo argument contains a newline.
    else if record.run != null && !(record.run ? record) then
      null
    else if builtins.any (text: match ".*\n.*" text != null) fields then
      null
    else
      named (concatStringsSep "\n" fields);

  program = buildShell {
    name = "warm-rustc";
    script = ./warm-rustc.sh;
    isStandard = true;
    inherit (compilers.build) rustc linkerArgs;
    sources = {
      blake2 = ./warm-rustc/blake2.rs;
      call = ./warm-rustc/call.rs;
      inputs = ./warm-rustc/inputs.rs;
      main = ./warm-rustc/main.rs;
      metadata = ./warm-rustc/metadata.rs;
      place = ./warm-rustc/place.rs;
      record = ./warm-rustc/record.rs;
      replay = ./warm-rustc/replay.rs;
      same = ./warm-rustc/same.rs;
      script = ./warm-rustc/script.rs;
      stamp = ./warm-rustc/stamp.rs;
    };
  };
in
buildShell {
  name = "warm-dependencies";
  script = ./warm.sh;
  inherit program rustcs;
  units = filter (record: record != null) (map recordOf (distinct units.compiled));
  runs = map (run: named "${run.scriptRecord} ${run.record}") (distinct units.runs);
}
