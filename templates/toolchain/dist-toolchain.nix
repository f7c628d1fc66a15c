# A toolchain of Rust's own distribution. The compiler and the build platform's standard library are one derivation.
# Each further target adds its standard library in another one, so adding a target rebuilds nothing.
#
# buildPackages: a package set whose binaries run on the machine that builds
# buildTriple: that platform's Rust triple
# targets: attribute set whose names are the triples to compile for
# extraTargets: additional triples whose standard library `sysroot` includes
# pin: contents of toolchain.lock.json
{
  buildPackages,
  buildTriple,
  targets,
  extraTargets,
  pin,
}:
let
  inherit (builtins)
    attrNames
    concatMap
    elem
    filter
    listToAttrs
    ;
  inherit (import ../lib/text.nix) genAttrs;
  inherit (buildPackages) stdenv;
  inherit (stdenv) cc hostPlatform;
  buildShell = import ../lib/build-shell.nix {
    inherit buildPackages;
    contentAddress = { };
  };

  archivesOf =
    component: triple:
    let
      pinned = pin.archives.${component} or { };
      archive = pinned.${triple} or pinned."*" or null;
    in
    if archive == null then
      [ ]
    else
      [
        (buildPackages.fetchurl {
          url = "${pin.server}/${archive.path}";
          inherit (archive) sha256;
        })
      ];
  required =
    component: triple:
    let
      archives = archivesOf component triple;
    in
    if archives == [ ] then
      throw "cargo2nix-ts: Rust ${pin.release}, as it is pinned, has no ${component} for '${triple}'. Pin another build with `cargo2nix-ts toolchain update`, or take '${triple}' out with `cargo2nix-ts targets remove`."
    else
      archives;

  # On Linux, the binaries expect their loader and libraries at paths that Nix does not have.
  patching =
    if hostPlatform.isLinux then
      {
        tools = [ buildPackages.patchelf ];
        bintools = cc.bintools or cc;
        libraries = [
          "${buildPackages.zlib.out or buildPackages.zlib}/lib"
        ]
        ++ (if cc ? cc then [ "${cc.cc.lib or cc.cc}/lib" ] else [ ]);
      }
    else
      { };
  unpack =
    name: attributes:
    buildShell (
      {
        name = "${name}-${pin.release}";
        script = ./unpack-dist.sh;
        isStandard = true;
      }
      // patching
      // attributes
      // {
        tools = [
          buildPackages.gnutar
          buildPackages.xz
          buildPackages.gzip
          buildPackages.findutils
        ]
        ++ patching.tools or [ ];
      }
    )
    // {
      inherit (pin) release;
      version = pin.release;
    };

  # Components that the compiler expects next to itself, if the workspace requests them.
  compilerParts = filter (name: pin.archives ? ${name}) [
    "rustc-dev"
    "rustc-codegen-cranelift-preview"
    "rustc-codegen-gcc-preview"
    "llvm-bitcode-linker-preview"
    "llvm-bitcode-linker"
    "llvm-tools-preview"
    "llvm-tools"
  ];
  compiler = unpack "rustc" {
    archives =
      required "rustc" buildTriple
      ++ required "rust-std" buildTriple
      ++ concatMap (name: archivesOf name buildTriple) compilerParts;
  };

  # The compiler, or a binary built from it, with a target's standard library.
  withStd =
    name: parts: triple:
    buildShell {
      name = "${name}-${pin.release}-${triple}";
      script = ./join-sysroot.sh;
      inherit compiler;
      shell = "${buildPackages.bash}/bin/bash";
      parts = parts ++ [ (unpack "rust-std-${triple}" { archives = required "rust-std" triple; }) ];
    };
  forTargets =
    name: parts: genAttrs (filter (triple: !isCompiled triple) otherTargets) (withStd name parts);
  # Its standard library is compiled along, and need not be in the distribution.
  isCompiled =
    triple:
    targets.${triple} ? spec
    || (targets.${triple}.compilesStd or false && archivesOf "rust-std" triple == [ ]);
  # Newer rustc makes the C compiler link this target with its bundled lld. These arguments restore nixpkgs' linker,
  # which makes binaries find the libraries that they use.
  linkerArgs =
    triple:
    let
      isSince = version: builtins.compareVersions pin.release version >= 0;
      isNightly = builtins.match ".*-nightly" pin.release != null;
    in
    if triple != "x86_64-unknown-linux-gnu" then
      [ ]
    else if isSince "1.90" then
      [
        "-C"
        "linker-features=-lld"
      ]
    else if isNightly && isSince "1.80" then
      [
        "-Z"
        "linker-features=-lld"
      ]
    else
      [ ];
  otherTargets = filter (triple: triple != buildTriple) (attrNames targets);

  # Tools built from the compiler's own libraries look for them next to themselves.
  tool =
    name: component:
    unpack name {
      archives = required component buildTriple;
      inherit compiler;
    };
  compilerNames = [
    "rustc"
    "rust-std"
    "cargo"
  ]
  ++ compilerParts;
  tools = listToAttrs (
    map
      (component: {
        name = replacePreview component;
        value = tool (replacePreview component) component;
      })
      (
        filter (name: !elem name compilerNames && archivesOf name buildTriple != [ ]) (
          attrNames pin.archives
        )
      )
  );
  clippy = tools.clippy or (tool "clippy" "clippy-preview");
  replacePreview = name: builtins.replaceStrings [ "-preview" ] [ "" ] name;
in
{
  # Requested components other than the compiler: rustfmt, rust-src, rust-analyzer, ...
  components = tools;
  rustc = compiler // {
    version = pin.release;
    inherit linkerArgs;
    forTarget = forTargets "rustc" [ ];
  };
  cargo = unpack "cargo" { archives = required "cargo" buildTriple; };
  clippy = clippy // {
    forTarget = forTargets "clippy" [ clippy ];
  };

  # All of it in one directory, laid out like rustup's: for a shell.
  sysroot = buildShell {
    name = "rust-${pin.release}";
    script = ./join-sysroot.sh;
    inherit compiler;
    shell = "${buildPackages.bash}/bin/bash";
    parts =
      builtins.attrValues tools
      ++ [ (unpack "cargo" { archives = required "cargo" buildTriple; }) ]
      ++ concatMap (
        triple:
        let
          archives = if targets ? ${triple}.spec then [ ] else archivesOf "rust-std" triple;
        in
        if archives == [ ] then [ ] else [ (unpack "rust-std-${triple}" { inherit archives; }) ]
      ) (otherTargets ++ extraTargets);
  };
}
