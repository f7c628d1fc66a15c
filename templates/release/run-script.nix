# `bin/run-<member>`: starts a member's program as the settings say.
#
# settings: of the member. In its words, `@configuration@` stands for the configuration file, and `@state@` for the
# directory of its data: systemd's, or one below $XDG_STATE_HOME.
{
  pkgs,
  root,
  buildShell,
  member,
  package,
  settings,
}:
let
  inherit (builtins) attrNames concatStringsSep replaceStrings;
  program =
    settings.program or package.meta.mainProgram
      or (throw "cargo2nix-ts: '${member}' has several programs; name one as `program` in [workspace.metadata.cargo2nix.deploy.${member}].");
  configuration =
    let
      name = settings.configuration;
      path = root + "/${name}";
    in
    if !(settings ? configuration) then
      ""
    else if builtins.pathExists path then
      "${import ../lib/file-in-store.nix {
        inherit path;
        name = baseNameOf name;
      }}"
    else
      throw "cargo2nix-ts: `configuration` in [workspace.metadata.cargo2nix.deploy.${member}] names ${name}, which the workspace does not have.";
  # A word of a shell in which only our own variables are expanded.
  quoted =
    word:
    ''"${
      replaceStrings
        [ "\\" "\"" "$" "`" "@configuration@" "@state@" ]
        [ "\\\\" "\\\"" "\\$" "\\`" "\${CONFIGURATION}" "\${STATE_DIRECTORY}" ]
        word
    }"'';
  environment = settings.environment or { };
in
buildShell {
  name = "run-${member}-${package.version}";
  script = ./run-script.sh;
  preferLocalBuild = true;
  file = "run-${member}";
  text = ''
    #!${pkgs.runtimeShell or "${pkgs.bash}/bin/bash"}
    # Starts ${member}; further arguments are passed on. CONFIGURATION and STATE_DIRECTORY name other places.
    set -eu
    : "''${CONFIGURATION:=${configuration}}"
    : "''${STATE_DIRECTORY:=''${XDG_STATE_HOME:-''${HOME:?}/.local/state}/${settings.stateDirectory}}"
    export STATE_DIRECTORY
    ${pkgs.coreutils}/bin/mkdir -p "$STATE_DIRECTORY"
    ${concatStringsSep "\n" (
      map (name: "export ${name}=${quoted environment.${name}}") (attrNames environment)
    )}
    exec ${package}/bin/${program} ${concatStringsSep " " (map quoted settings.arguments)} "$@"
  '';
}
