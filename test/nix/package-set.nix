# A package set over the tools of the machine, in the shape of nixpkgs as far as our runtime uses it: so that a
# fresh clone really builds with nothing but Nix, cargo, rustc and a C compiler installed.
#
# Builds must not be sandboxed, since the tools lie outside of the store. Crates are not downloaded but taken from
# cargo's own download cache (`cargo fetch --locked` fills it); Nix checks their hashes as ever.
{
  system ? builtins.currentSystem,
  ...
}:
let
  inherit (builtins)
    concatStringsSep
    elemAt
    filter
    getEnv
    hashFile
    head
    isAttrs
    isString
    mapAttrs
    match
    pathExists
    readFile
    replaceStrings
    split
    ;
  orElse = value: default: if value == "" then default else value;
  firstOr = default: list: if list == [ ] then default else head list;

  cpu = head (match "([^-]+)-linux" system);
  platform = {
    inherit system;
    config = "${cpu}-unknown-linux-gnu";
    rust.rustcTarget = "${cpu}-unknown-linux-gnu";
    isLinux = true;
    isDarwin = false;
    isWindows = false;
  };

  folders = filter (part: isString part && part != "") (split ":" (getEnv "PATH"));
  # Where a program lies; only then does its package name it.
  find = program: firstOr "/usr/bin" (filter (folder: pathExists "${folder}/${program}") folders);

  # A shell given a text hands its process to the last program. That one may close its output before it ends, which Nix
  # takes for the end, and kills it.
  end = "exit 0";

  # Programs of the machine as a package.
  fromMachine =
    {
      name,
      programs,
      folder ? null,
      more ? { },
      attributes ? { },
    }:
    derivation (
      {
        inherit name system;
        builder = "/bin/sh";
        PATH = "/usr/bin:/bin";
        args = [
          "-ec"
          (
            "mkdir -p $out/bin\n"
            + concatStringsSep "" (
              map (
                program: "ln -s ${if folder == null then find program else folder}/${program} $out/bin/${program}\n"
              ) programs
            )
            + end
          )
        ];
      }
      // more
    )
    // {
      pname = name;
    }
    // attributes;
  words = text: filter isString (split " " text);
  tool =
    name: programs:
    fromMachine {
      inherit name;
      programs = words programs;
    };

  # rustup's rustc is a proxy that needs a home directory, so the toolchain behind it is looked up.
  home = getEnv "HOME";
  rustupHome = orElse (getEnv "RUSTUP_HOME") "${home}/.rustup";
  rustFolder = find "rustc";
  usesRustup = pathExists "${rustFolder}/rustup";
  defaultToolchain = firstOr "" (
    filter (line: line != null) (
      map (line: if isString line then match "default_toolchain = \"(.*)\"" line else null) (
        split "\n" (readFile "${rustupHome}/settings.toml")
      )
    )
  );
  toolchainName = orElse (getEnv "RUSTUP_TOOLCHAIN") (
    if defaultToolchain == "" then
      throw "package-set.nix: rustup has no default toolchain; run `rustup default stable`"
    else
      head defaultToolchain
  );
  rustBin = if usesRustup then "${rustupHome}/toolchains/${toolchainName}/bin" else rustFolder;
  rustPackage =
    name: programs:
    fromMachine {
      inherit name;
      programs = words programs;
      folder = rustBin;
      # Another rustc in the same place must be another package.
      more.rustcHash = hashFile "sha256" "${rustBin}/rustc";
    };

  cargoHome = orElse (getEnv "CARGO_HOME") "${home}/.cargo";
  fetchurl =
    {
      url,
      sha256,
      name ? baseNameOf url,
      netrcPhase ? null,
      netrcImpureEnvVars ? [ ],
      curlOptsList ? [ ],
    }:
    let
      crate = match "https://[^/]+/crates/([^/]+)/([^/]+)/download" url;
      file = "${elemAt crate 0}-${elemAt crate 1}.crate";
    in
    if netrcPhase != null then
      derivation {
        inherit name system url;
        builder = "/bin/sh";
        PATH = "/usr/bin:/bin";
        outputHashMode = "flat";
        outputHashAlgo = "sha256";
        outputHash = sha256;
        impureEnvVars = netrcImpureEnvVars;
        args = [
          "-ec"
          "${netrcPhase}\ncurl --fail --silent --show-error --netrc-file netrc ${toString curlOptsList} --output $out $url\n${end}"
        ];
      }
    else if crate == null then
      import <nix/fetchurl.nix> { inherit url sha256 name; }
    else
      derivation {
        inherit name system url;
        builder = "/bin/sh";
        PATH = "/usr/bin:/bin";
        preferLocalBuild = true;
        outputHashMode = "flat";
        outputHashAlgo = "sha256";
        outputHash = sha256;
        args = [
          "-ec"
          ''
            # No `exec cp`: coreutils close standard output before they end, which Nix takes for the end and kills them.
            for found in ${cargoHome}/registry/cache/*/${file}; do
              if [ -e "$found" ]; then cp "$found" $out; exit 0; fi
            done
            echo "${file} is not in cargo's cache; run: cargo fetch --locked" >&2
            exit 1
          ''
        ];
      };

  # Unlike nixpkgs', it takes submodules from this disk, too.
  fetchgit =
    {
      url,
      rev,
      hash,
      fetchSubmodules ? true,
    }:
    derivation {
      inherit system url rev;
      name = "${
        replaceStrings [ "%" ] [ "-" ] (head (match ".*/([^/]+)" url))
      }-${builtins.substring 0 7 rev}";
      builder = "/bin/sh";
      PATH = "/usr/bin:/bin";
      preferLocalBuild = true;
      outputHashMode = "recursive";
      outputHashAlgo = "sha256";
      outputHash = hash;
      GIT_CONFIG_NOSYSTEM = 1;
      GIT_ALLOW_PROTOCOL = "file:http:https";
      args = [
        "-ec"
        ''
          export HOME=$PWD
          git init --quiet "$out"
          cd "$out"
          git fetch --quiet --depth=1 "$url" "$rev"
          git checkout --quiet FETCH_HEAD
          ${if fetchSubmodules then "git submodule --quiet update --init --recursive" else ""}
          find . -name .git -prune -exec rm -rf {} +
          ${end}
        ''
      ];
    };

  cc = fromMachine {
    name = "cc";
    programs = words "cc c++ gcc g++ cpp ld ar as nm ranlib strip objcopy objdump readelf";
    attributes = {
      targetPrefix = "";
      bintools = cc;
      isGNU = true;
    };
  };

  # As much of stdenv as is used: structured attributes, a path, one command or the phases for sources and installation.
  mkDerivation =
    given:
    let
      attributesFrom = if builtins.isFunction given then given else _: given;
      attributes = attributesFrom attributes;
      inputs =
        (attributes.depsBuildBuild or [ ])
        ++ (attributes.nativeBuildInputs or [ ])
        ++ (attributes.buildInputs or [ ]);
      path = concatStringsSep ":" (
        map (package: "${package}/bin") (filter isAttrs inputs ++ [ cc ] ++ basics)
      );
      phases = ''
        runHook() { eval "''${!1:-}"; }
        if [ -z "''${dontUnpack:-}" ]; then
          cp -R "$src" source && chmod -R u+w source
          eval "''${setSourceRoot:-}"
          cd "''${sourceRoot:-source}"
          runHook prePatch
          for patch in "''${patches[@]}"; do patch -p1 <"$patch"; done
          runHook postPatch
        fi
        eval "$installPhase"
      '';
      built = derivation (
        {
          name = "${attributes.pname}-${attributes.version}";
          patches = [ ];
        }
        // removeAttrs attributes [
          "meta"
          "passthru"
        ]
        // {
          inherit system;
          __structuredAttrs = true;
          builder = "${packages.bash}/bin/bash";
          args = [
            "-ec"
            ''
              source "$NIX_BUILD_TOP/.attrs.sh"
              export PATH=${path} CC=cc CXX=c++ AR=ar
              ${
                if attributes ? env then
                  ''for name in "''${!env[@]}"; do export "$name=''${env[$name]}"; done''
                else
                  ""
              }
              out=''${outputs[out]}
              ${attributes.buildCommand or phases}
              ${end}
            ''
          ];
        }
      );
    in
    built
    // attributes.passthru or { }
    // {
      meta = attributes.meta or { };
      overrideAttrs =
        change:
        mkDerivation (
          final:
          let
            previous = attributesFrom final;
          in
          previous // change previous
        );
    };

  # As much of it as nix-shell uses: a path, variables, and a hook.
  mkShell =
    {
      env ? { },
      ...
    }@attributes:
    derivation (
      removeAttrs attributes [ "env" ]
      // env
      // {
        inherit system;
        builder = "/bin/sh";
        args = [
          "-c"
          "echo of use in nix-shell only >&2; exit 1"
        ];
        stdenv = derivation {
          name = "stdenv";
          inherit system;
          builder = "/bin/sh";
          PATH = "/usr/bin:/bin";
          setup = ''
            found=
            for input in $nativeBuildInputs $buildInputs ${cc}; do found=$found$input/bin:; done
            export PATH=$found$PATH CC=cc CXX=c++ AR=ar
            runHook() { eval "''${!1:-}"; }
          '';
          args = [
            "-ec"
            "mkdir $out; echo \"$setup\" >$out/setup; ${end}"
          ];
        };
      }
    )
    // attributes
    // {
      overrideAttrs = change: mkShell (attributes // change attributes);
      # As in nixpkgs: something to build whose references are all inputs of the shell.
      inputDerivation = derivation (
        removeAttrs attributes [ "env" ]
        // env
        // {
          inherit system;
          builder = "/bin/sh";
          args = [
            "-c"
            "export >$out"
          ];
        }
      );
    };

  stdenv = {
    inherit cc mkDerivation;
    initialPath = basics;
    hostPlatform = platform;
    buildPlatform = platform;
    targetPlatform = platform;
  };

  basics = [
    packages.coreutils
    packages.findutils
    packages.diffutils
    packages.gnugrep
    packages.gnused
    packages.gawk
    packages.gnutar
    packages.gzip
    packages.bash
    packages.gnumake
    packages.patch
  ];
  packages =
    mapAttrs tool {
      bash = "bash sh";
      coreutils = "basename cat chmod cksum comm cp cut date dirname env expr false head id install join ln ls md5sum mkdir mktemp mv nproc od paste printf pwd readlink realpath rm rmdir seq sha256sum sleep sort split stat tail tee test touch tr true uname uniq wc yes";
      cmake = "cmake";
      diffutils = "cmp diff";
      findutils = "find xargs";
      gawk = "awk";
      gnugrep = "grep";
      gnumake = "make";
      gnused = "sed";
      gnutar = "tar";
      gzip = "gzip";
      jq = "jq";
      patch = "patch";
      patchelf = "patchelf";
      perl = "perl";
      pkg-config = "pkg-config";
      protobuf = "protoc";
      xz = "xz";
      zlib = "";
    }
    // {
      rustc = rustPackage "rustc" "rustc rustdoc";
      cargo = rustPackage "cargo" "cargo";
      # Not the first of the path, which may be a version manager's script that needs a home directory.
      python3 = fromMachine {
        name = "python3";
        programs = [ "python3" ];
        folder = "/usr/bin";
      };
      clippy = rustPackage "clippy" "cargo-clippy clippy-driver";
      rustfmt = rustPackage "rustfmt" "cargo-fmt rustfmt";
      inherit
        fetchgit
        fetchurl
        mkShell
        stdenv
        ;
      path = ./package-set.nix;
      buildPackages = packages;
      defaultCrateOverrides = { };
    };
in
packages
