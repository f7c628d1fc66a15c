# Evaluates a workspace that has no generated files: `generate` runs in a derivation, and its result is imported.
#
# That is import from derivation: evaluation waits for a build that needs every crate of Cargo.lock, and a Hydra or a
# `nix flake check --no-build` refuses it. A committed `nix/` needs neither.
#
# pkgs: the package set
# src: the workspace; its lockfile is in it
# cargo2nix-ts: the program, for the platform that builds
# outputHashes: hashes of git dependencies' repositories by `name-version`, as in nixpkgs' `cargoLock`; those without one
#   are fetched by Nix itself during evaluation, at the lockfile's commit
# Other arguments are those of Cargo.nix.
{
  pkgs,
  src,
  cargo2nix-ts ? pkgs.buildPackages.callPackage ./package.nix { },
  outputHashes ? { },
  ...
}@arguments:
let
  inherit (pkgs) buildPackages lib;
  inherit (buildPackages) fetchgit fetchurl runCommand;

  lockfile = src + "/${import ./lockfile-in.nix src}";
  packages = (builtins.fromTOML (builtins.readFile lockfile)).package or [ ];
  external = builtins.filter (package: package ? source) packages;
  isCratesIo =
    package:
    builtins.match "(registry|sparse)\\+https://(github.com/rust-lang/crates.io-index|index.crates.io/?)" package.source
    != null;
  gitOf = package: builtins.match "git[+]([^?#]*)([?][^#]*)?#(.*)" package.source;
  published = builtins.filter isCratesIo external;
  inRepositories = builtins.filter (package: gitOf package != null) external;
  others = builtins.filter (package: !isCratesIo package && gitOf package == null) external;

  # One for each commit, with the place where cargo would have it checked out.
  repositories = lib.attrValues (
    builtins.listToAttrs (
      map (package: {
        name = commitOf package;
        value = repositoryOf package;
      }) inRepositories
    )
  );
  # Branches and tags may name one commit.
  commitOf = package: "${builtins.head (gitOf package)}#${lib.last (gitOf package)}";
  repositoryOf =
    package:
    let
      parts = gitOf package;
      url = builtins.head parts;
      rev = lib.last parts;
      name = lib.toLower (lib.removeSuffix ".git" (baseNameOf url));
      # One package of a repository may name the hash for all.
      hashes = lib.concatMap (
        each:
        lib.optional (
          commitOf each == commitOf package && outputHashes ? "${each.name}-${each.version}"
        ) outputHashes."${each.name}-${each.version}"
      ) inRepositories;
    in
    {
      inherit rev;
      path = "git/checkouts/${name}-${builtins.substring 0 16 (builtins.hashString "sha256" url)}/${rev}";
      content =
        if hashes == [ ] then
          builtins.fetchGit {
            inherit url rev;
            allRefs = true;
            submodules = true;
          }
        else
          fetchgit {
            inherit url rev;
            hash = builtins.head hashes;
            fetchSubmodules = true;
          };
    };

  # cargo's own name of the directory in which it keeps the archives of crates.io.
  cache = "registry/cache/index.crates.io-1949cf8c6b5b557f";
  archives = map (
    {
      name,
      version,
      checksum,
      ...
    }:
    {
      path = "${cache}/${name}-${version}.crate";
      archive = import ../templates/sources/fetch-crate.nix {
        inherit fetchurl;
        facts = {
          pname = name;
          inherit version;
          sha256 = checksum;
        };
        fetchCrateArgs = arguments.fetchCrateArgs or (_: { });
      };
    }
  ) published;

  workspace =
    runCommand "cargo-nix"
      {
        nativeBuildInputs = [
          cargo2nix-ts
        ]
        ++ lib.optional (repositories != [ ]) (buildPackages.gitMinimal or buildPackages.git);
      }
      ''
        export CARGO_HOME=$NIX_BUILD_TOP/cargo-home XDG_CACHE_HOME=$NIX_BUILD_TOP/cache
        mkdir -p "$CARGO_HOME/${cache}"
        ${lib.concatMapStrings ({ path, archive }: ''
          ln -s ${archive} "$CARGO_HOME/${path}"
        '') archives}
        ${lib.optionalString (repositories != [ ]) (builtins.readFile ./as-checkout.sh)}
        ${lib.concatMapStrings (
          {
            path,
            rev,
            content,
          }:
          ''
            place_checkout ${content} "$CARGO_HOME"/${lib.escapeShellArg path} ${rev}
          ''
        ) repositories}
        cp -R ${src} $out
        chmod -R u+w $out
        cargo2nix-ts generate --offline --manifest-path $out/Cargo.toml
      '';
in
if others != [ ] then
  throw ''
    cargo2nix-ts: importWorkspace knows the packages of crates.io and of git repositories, and `${(builtins.head others).name}` comes from ${(builtins.head others).source}.
    Run `cargo2nix-ts generate` and commit the directory `nix` instead.''
else
  import "${workspace}/nix/Cargo.nix" (
    removeAttrs arguments [
      "cargo2nix-ts"
      "outputHashes"
      "src"
    ]
  )
