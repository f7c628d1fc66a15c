# All packages in Cargo.lock, for every platform, as cargo directory sources: links to the unpacked sources that Nix
# compiles, and copies of git repositories. `config.toml` is the configuration that makes cargo use them.
#
# lockfile: path of Cargo.lock
# facts: key -> facts of the crates that the builds need; sourceOf: key -> { src; dir; }
# unpackCrate: for the other crates: facts -> store path; fetchRepository: { url; rev; } -> store path
{
  buildShell,
  buildPackages,
  lockfile,
  facts,
  sourceOf,
  unpackCrate,
  fetchRepository,
}:
let
  inherit (builtins)
    attrNames
    concatMap
    concatStringsSep
    elemAt
    filter
    genList
    head
    length
    listToAttrs
    match
    replaceStrings
    toJSON
    ;
  lock = builtins.fromTOML (builtins.readFile lockfile);
  packages = filter (package: package ? source) lock.package;

  # The oldest lockfile format keeps checksums in a separate table.
  checksumOf =
    package:
    package.checksum or lock.metadata."checksum ${package.name} ${package.version} (${package.source})"
      or null;
  gitOf =
    source:
    let
      parts = match "git[+]([^?#]*)([?]([^=]*)=([^#]*))?#(.*)" source;
    in
    if parts == null then
      null
    else
      {
        url = head parts;
        reference = elemAt parts 2;
        value = decoded (elemAt parts 3);
        rev = elemAt parts 4;
      };
  # Covers the encoding of branch and tag names.
  decoded =
    text:
    if text == null then
      null
    else
      replaceStrings [ "%2F" "%23" "%20" "%2B" "%40" "%25" ] [ "/" "#" " " "+" "@" "%" ] text;

  named = builtins.groupBy (key: "${facts.${key}.pname} ${facts.${key}.version}") (
    filter (key: !(facts.${key} ? path)) (attrNames facts)
  );
  # The Cargo.nix keys that a package of the lockfile may have.
  keysOf =
    package:
    let
      git = gitOf package.source;
    in
    filter (
      key:
      if git == null then
        !(facts.${key} ? git) && facts.${key}.sha256 or (checksumOf package) == checksumOf package
      else
        facts.${key} ? vendored || facts.${key}.git.rev or "" == git.rev
    ) (named."${package.name} ${package.version}" or [ ]);

  # Where each registry's packages are downloaded from; only Cargo.nix knows.
  downloads = listToAttrs (
    concatMap (
      package:
      let
        keys = filter (key: facts.${key} ? registry) (keysOf package);
      in
      if keys == [ ] then
        [ ]
      else
        [
          {
            name = package.source;
            value = facts.${head keys}.registry;
          }
        ]
    ) packages
  );
  isCratesIo =
    source:
    builtins.elem source [
      "registry+https://github.com/rust-lang/crates.io-index"
      "sparse+https://index.crates.io/"
    ];

  # Fields for vendor.sh: checksum, repository, and the package's path in it (if known).
  placeOf =
    package:
    let
      keys = keysOf package;
      git = gitOf package.source;
      inherit (sourceOf (head keys)) src dir;
      registry = if isCratesIo package.source then { } else { registry = downloads.${package.source}; };
      unpacked = unpackCrate (
        registry
        // {
          pname = package.name;
          inherit (package) version;
          sha256 = checksumOf package;
        }
      );
    in
    if git == null then
      [
        (checksumOf package)
        ""
        (
          if keys != [ ] then
            "${src}"
          else if isCratesIo package.source || downloads ? ${package.source} then
            "${unpacked}"
          else
            throw "cargo2nix-ts: no build needs a package of the registry ${package.source}, so nix/Cargo.nix does not say where to download ${package.name} ${package.version}, and `vendor` cannot include it."
        )
      ]
    else if keys != [ ] then
      [
        ""
        "${src}"
        dir
      ]
    else
      [
        ""
        "${fetchRepository { inherit (git) url rev; }}"
        ""
      ];

  sources = attrNames (builtins.groupBy (package: package.source) packages);
  numberOf = listToAttrs (
    genList (index: {
      name = elemAt sources index;
      value = toString index;
    }) (length sources)
  );
  tableOf =
    source:
    let
      git = gitOf source;
      original =
        if isCratesIo source then
          [ "[source.crates-io]" ]
        else if git == null then
          [
            "[source.${toJSON source}]"
            "registry = ${toJSON (replaceStrings [ "registry+" ] [ "" ] source)}"
          ]
        else
          [
            "[source.${toJSON source}]"
            "git = ${toJSON git.url}"
          ]
          ++ (if git.reference == null then [ ] else [ "${git.reference} = ${toJSON git.value}" ]);
    in
    concatStringsSep "\n" (
      original
      ++ [
        ''replace-with = "nix-${numberOf.${source}}"''
        "[source.nix-${numberOf.${source}}]"
        ''directory = "@out@/${numberOf.${source}}"''
        ""
      ]
    );
in
buildShell {
  name = "cargo-vendor";
  script = ./vendor.sh;
  tools = [
    buildPackages.findutils
    buildPackages.gnugrep
    buildPackages.gnused
  ];
  preferLocalBuild = true;
  configuration = concatStringsSep "\n" (map tableOf sources);
  packages = map (
    package:
    concatStringsSep "\t" (
      [
        numberOf.${package.source}
        package.name
        package.version
      ]
      ++ placeOf package
    )
  ) packages;
}
