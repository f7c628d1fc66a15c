# cargo2nix-ts as a package, for `callPackage`: bundled from source, with completions and a man page.
{
  callPackage,
  installShellFiles,
  lib,
  nodejs,
  stdenv,
}:
let
  manifest = lib.importJSON ../package.json;

  modules = import ./node-modules.nix {
    inherit lib;
    lock = lib.importJSON ../package-lock.json;
    npmArchive = callPackage ./npm-archive.nix { };
    # In Node's words.
    os = stdenv.buildPlatform.parsed.kernel.name;
    cpu =
      {
        x86_64 = "x64";
        aarch64 = "arm64";
      }
      .${stdenv.buildPlatform.parsed.cpu.name};
    # What `scripts/build.mjs` bundles, and what it bundles with.
    roots = [
      "@bomb.sh/tab"
      "@decimalturn/toml-patch"
      "commander"
      "esbuild"
      "execa"
      "smol-toml"
      "zod"
    ];
  };

  # Only what the program is made of: an edit of a test or a document builds nothing.
  sources = [
    "LICENSE"
    "nix"
    "package.json"
    "scripts"
    "src"
    "templates"
  ];
in
stdenv.mkDerivation (finalAttrs: {
  pname = manifest.name;
  inherit (manifest) version;

  src = builtins.path {
    name = "${manifest.name}-source";
    path = ../.;
    filter =
      path: _:
      let
        relative = lib.removePrefix "${toString ../.}/" path;
      in
      lib.elem (lib.head (lib.splitString "/" relative)) sources
      && !lib.hasSuffix ".test.ts" path
      # Of this directory only what `init` writes: a change of the package builds nothing by itself.
      && !(dirOf relative == "nix" && builtins.match ".*[.](nix|sh)" relative != null);
  };

  strictDeps = true;
  nativeBuildInputs = [
    installShellFiles
    nodejs
  ];
  # for the shebang
  buildInputs = [ nodejs ];

  configurePhase = ''
    runHook preConfigure
    ${lib.concatMapStrings (
      { path, archive }:
      ''
        mkdir -p ${path}
        tar -xzf ${archive} -C ${path} --strip-components=1
      ''
    ) modules}
    runHook postConfigure
  '';

  buildPhase = ''
    runHook preBuild
    node scripts/build.mjs
    node dist/cli.js manual > cargo2nix-ts.1
    runHook postBuild
  '';

  doCheck = true;
  checkPhase = ''
    runHook preCheck
    node dist/cli.js --version | grep -F ${lib.escapeShellArg finalAttrs.version}
    runHook postCheck
  '';

  installPhase = ''
    runHook preInstall
    mkdir -p $out/bin $out/lib
    cp -R dist $out/lib/cargo2nix-ts
    mkdir -p $out/lib/nix
    cp -R nix/templates $out/lib/nix
    ln -s ../lib/cargo2nix-ts/cli.js $out/bin/cargo2nix-ts
    installManPage cargo2nix-ts.1
    installShellCompletion --cmd cargo2nix-ts \
      --bash <(node dist/cli.js completions bash) \
      --fish <(node dist/cli.js completions fish) \
      --zsh <(node dist/cli.js completions zsh)
    runHook postInstall
  '';

  meta = {
    inherit (manifest) description;
    license = lib.licenses.mit;
    mainProgram = "cargo2nix-ts";
    platforms = lib.platforms.linux ++ lib.platforms.darwin;
  };
})
