# A development shell: the toolchain that the builds use, and the native inputs of the crates' build scripts. It is nixpkgs'
# mkShell with `override` for the arguments below. Opening it compiles nothing of the workspace.
#
# compilers: { host; build; } (compiler.nix), with `tools` (toolchain.nix) and `cEnvironment`
# graph: a unit graph that includes what tests need (unit-graph.nix)
# vendor: see vendor.nix; warmUnits: see warm-units.nix
# buildName: a name in `builds`
{
  compilers,
  graph,
  vendor,
  warmUnits,
  buildName,
}:
let
  inherit (builtins)
    attrNames
    concatMap
    foldl'
    mapAttrs
    replaceStrings
    ;
  inherit (compilers) cEnvironment host tools;
  inherit (host) pkgs;
  isCross = host.isExplicit && host.triple != compilers.build.triple;

  # Drops duplicate packages: most crates name the same few.
  distinct =
    packages:
    map (each: each.package) (
      builtins.genericClosure {
        startSet = map (package: {
          key = builtins.unsafeDiscardStringContext (toString package);
          inherit package;
        }) packages;
        operator = _: [ ];
      }
    );

  crates = role: map (key: graph.${role}.${key}) (attrNames graph.used.${role});
  named =
    names: crates: concatMap (crate: concatMap (name: crate.nativeInputs.${name} or [ ]) names) crates;
  libraries = named [
    "buildInputs"
    "propagatedBuildInputs"
  ];
  programs = named [
    "nativeBuildInputs"
    "propagatedNativeBuildInputs"
  ];
  forTarget = crates "host";
  # Crates of build scripts: in a cross build, their libraries are for the machine that builds.
  forBuilder = crates "build";
  everyCrate = forTarget ++ forBuilder;

  rust = if tools ? sysroot then [ tools.sysroot ] else separateTools;
  separateTools = [
    (if isCross then tools.rustc.forTarget.${host.triple} or tools.rustc else tools.rustc)
    tools.cargo
  ]
  ++ concatMap (name: if tools ? ${name} then [ tools.${name} ] else [ ]) [
    "clippy"
    "rustfmt"
    "rust-analyzer"
  ];

  # Variables that stdenv's setup hooks append to, such as NIX_CFLAGS_COMPILE: those of all crates, joined.
  added = foldl' (
    all: crate:
    foldl' (
      all: name:
      all
      // {
        ${name} = if all ? ${name} then "${all.${name}} ${crate.${name}}" else crate.${name};
      }
    ) all (attrNames crate)
  ) { } (map (crate: crate.nativeInputs.env or { }) everyCrate);
  # If two crates set a variable, the first one wins; crates linked into binaries come before the others.
  variablesWith =
    settings:
    foldl' (all: crate: crate.override.environment // all) { } everyCrate
    // cEnvironment
    // settings.variables
    // (if tools ? rustSrc then { RUST_SRC_PATH = "${tools.rustSrc}"; } else { });

  quote = text: "'${replaceStrings [ "'" ] [ "'\\''" ] text}'";
  # mkShell takes inputs and hooks from `inputsFrom`, but no variables.
  setWhereUnset =
    variables:
    builtins.concatStringsSep "" (
      builtins.attrValues (
        mapAttrs (name: value: ''
          if [ -z "''${${name}+set}" ]; then export ${name}=${quote value}; fi
        '') variables
      )
    );

  shellWith =
    arguments:
    let
      shell =
        {
          packages ? [ ],
          shellHook ? "",
          emulator ? true,
          offlineSources ? false,
          warm ? false,
          lazy ? false,
          profiles ? [ "dev" ],
          builds ? [ buildName ],
        }:
        let
          settings = import ./cargo-settings.nix {
            inherit compilers isCross;
            usesEmulator = emulator;
          };
          variables = variablesWith settings;
          inputs = {
            strictDeps = true;
            depsBuildBuild = if isCross then distinct ([ compilers.build.cc ] ++ libraries forBuilder) else [ ];
            nativeBuildInputs = distinct (
              packages ++ (if offline == null then [ ] else [ offline ]) ++ rust ++ programs everyCrate
            );
            buildInputs = distinct (
              libraries (if isCross then forTarget else everyCrate) ++ host.platformLibraries
            );
            env = added // variables;
          };
          offline =
            if offlineSources then
              import ./offline-sources.nix {
                compiler = compilers.build;
                inherit vendor;
              }
            else
              null;
          index = import ./warm.nix {
            inherit compilers;
            rustcs = map (package: "${package}/bin/rustc") [
              (builtins.head rust)
              tools.rustc
            ];
            units = warmUnits { inherit builds profiles; };
            isLazy = lazy;
          };
          # The variables that the shell itself sets are not the user's choice.
          environment = pkgs.stdenv.mkDerivation (
            inputs
            // {
              name = "cargo-shell-environment";
              buildCommand = "env --null >$out";
            }
          );
          warmHook = ''
            source ${./own-wrapper.sh}
            export RUSTC_WRAPPER=${index}/bin/warm-rustc
            export WARM_RUSTC_ENVIRONMENT=${environment}
          '';
        in
        pkgs.mkShell (
          inputs
          // {
            name = "cargo-shell";
            shellHook =
              setWhereUnset variables
              + settings.hook
              + (if offline == null then "" else "source ${offline}/hook.sh\n")
              + (if warm then warmHook else "")
              + shellHook;
          }
        );
    in
    shell arguments
    // {
      override = changes: shellWith (arguments // changes);
    };
in
shellWith { }
