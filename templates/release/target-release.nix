# What is released for one target: programs, archives, an image; their hashes and their check.
#
# triple; compiler: of that target (compiler.nix); packages: the released ones, each with `released` (package.nix)
# release: the settings; about: { name; version; tag; }; root: the workspace
# tests: derivations that the check needs, too
# Returns { artefacts; programs; archive; sums; check; }, and `image` where there can be one. Each of them is a directory.
{
  triple,
  compiler,
  buildShell,
  buildPackages,
  packages,
  release,
  about,
  root,
  tests,
}:
let
  inherit (builtins)
    attrNames
    concatMap
    elem
    filter
    head
    ;
  words = import ../lib/words.nix;
  text = import ../lib/text.nix;
  platform = import ./platform-names.nix triple;
  formats = words release.formats;

  programs = concatMap (
    package:
    map (name: {
      inherit name package;
      file = "${name}${platform.suffix}";
      units = sorted (package.released.unitsOf name);
    }) (attrNames package.bins)
  ) packages;
  files = map (program: program.file) programs;
  twice = filter (file: builtins.length (filter (other: other == file) files) > 1) files;
  units = sorted (concatMap (program: program.units) programs);
  sorted = list: attrNames (text.set list);
  withPackages = map (program: program.package) programs;

  archiveFormats = sorted (
    map (format: if platform.os == "windows" then "zip" else format) (
      filter (
        format:
        elem format [
          "tar.gz"
          "tar.zst"
          "zip"
        ]
      ) formats
    )
  );
  # One archive at least, for those who build `archive` by itself.
  madeFormats =
    if archiveFormats == [ ] then
      [ (if platform.os == "windows" then "zip" else "tar.gz") ]
    else
      archiveFormats;
  fullName = "${about.name}-${about.version}-${triple}";
  hasImage = platform.hasImages && elem "image" formats;
  imageName = "${fullName}-image";

  programFolder = import ./gather-programs.nix {
    inherit buildShell files;
    name = "${fullName}-programs";
    packages = withPackages;
  };
  archives = import ./make-archives.nix (
    {
      inherit buildShell buildPackages packages;
      name = fullName;
      formats = madeFormats;
    }
    // inStep (
      import ./documents.nix {
        inherit root;
        packages = map (package: package.released.facts) packages;
      }
      // release.files or { }
    )
  );
  inStep =
    files:
    import ./release-files.nix {
      inherit root files;
    };
  entrypoint = release.image.entrypoint or [ "/bin/${mainProgram}" ];
  mainProgram =
    let
      meant = (head packages).meta.mainProgram or null;
    in
    if meant != null then
      meant
    else
      throw "cargo2nix-ts: '${about.name}' has several programs; name one as `image.entrypoint` in [workspace.metadata.cargo2nix.release], such as [\"/bin/${(head programs).name}\"].";
  image = import ./make-image.nix (
    {
      inherit
        buildShell
        buildPackages
        platform
        entrypoint
        files
        ;
      inherit (about) tag;
      name = imageName;
      image = release.image // {
        name = release.image.name or about.name;
      };
      packages = withPackages;
    }
    // inStep (release.image.files or { })
  );

  argumentsOf = release.check.arguments;

  common = {
    inherit triple;
    inherit (platform) os architecture variant;
  };
  artefacts =
    (
      if elem "program" formats then
        map (program: {
          file = "${programFolder}/${program.file}";
          facts = common // {
            kind = "program";
            format = "program";
            path = "${triple}/${program.file}";
            inherit (program) units;
          };
        }) programs
      else
        [ ]
    )
    ++ map (format: {
      file = "${archives}/${fullName}.${format}";
      facts = common // {
        kind = "archive";
        inherit format units;
        path = "${triple}/${fullName}.${format}";
      };
    }) archiveFormats
    ++ (
      if hasImage then
        [
          {
            file = "${image}/${imageName}.tar";
            digest = "${image}/digest";
            facts = common // {
              kind = "image";
              format = "oci-archive";
              inherit units;
              path = "${triple}/${imageName}.tar";
            };
          }
        ]
      else
        [ ]
    );
  ifSound =
    value:
    if programs == [ ] then
      throw "cargo2nix-ts: the packages of the release have no binaries for '${triple}'."
    else if twice != [ ] then
      throw "cargo2nix-ts: two packages of the release have a binary '${head twice}'; leave one out of `release.packages` in [workspace.metadata.cargo2nix]."
    else
      value;
in
ifSound (
  {
    inherit artefacts hasImage units;
    programs = programFolder;
    archive = archives;
    sums = import ./list-artefacts.nix {
      inherit buildShell artefacts;
      name = "${fullName}-sums";
    };
    check = import ./check-release.nix {
      inherit
        triple
        platform
        compiler
        buildShell
        buildPackages
        files
        tests
        ;
      name = "${fullName}-check";
      programs = programFolder;
      allowsNewer = elem triple (words (release.check.newerCode or ""));
      archives = if archiveFormats == [ ] then null else archives;
      image = if hasImage then image else null;
      arguments = map (program: argumentsOf.${program.name} or argumentsOf."*" or null) programs;
      facts = (head packages).released.facts;
      testTools = concatMap (package: package.released.override.testTools) packages;
    };
  }
  // (if platform.hasImages then { inherit image; } else { })
)
