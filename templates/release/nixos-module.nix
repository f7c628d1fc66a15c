# A NixOS module: `services.<member>` runs the member with systemd, as a user of its own, without rights that it does not need.
{
  member,
  run,
  settings,
}:
{ config, lib, ... }:
let
  inherit (lib)
    mkEnableOption
    mkIf
    mkOption
    types
    ;
  cfg = config.services.${member};
  user = settings.user;
  directory = settings.stateDirectory;
in
{
  options.services.${member} = {
    enable = mkEnableOption member;
    package = mkOption {
      type = types.package;
      default = run;
      defaultText = "deploy.${member}.run";
      description = "A package with the program bin/run-${member}.";
    };
    configuration = mkOption {
      type = types.nullOr types.path;
      default = null;
      description = "Another configuration file than that of the repository.";
    };
    environment = mkOption {
      type = types.attrsOf types.str;
      default = { };
      description = "Variables of the service.";
    };
    arguments = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Further arguments.";
    };
    openFirewall = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the ports of the settings can be reached from other machines.";
    };
  };
  config = mkIf cfg.enable {
    users.users.${user} = {
      isSystemUser = true;
      group = user;
    };
    users.groups.${user} = { };
    networking.firewall = mkIf cfg.openFirewall {
      allowedTCPPorts = settings.ports;
    };
    systemd.services.${member} = {
      description = member;
      wantedBy = [ "multi-user.target" ];
      wants = [ "network-online.target" ];
      after = [ "network-online.target" ];
      environment =
        cfg.environment
        // (if cfg.configuration == null then { } else { CONFIGURATION = toString cfg.configuration; });
      serviceConfig = {
        ExecStart = "${cfg.package}/bin/run-${member} ${lib.escapeShellArgs cfg.arguments}";
        User = user;
        Group = user;
        StateDirectory = directory;
        StateDirectoryMode = "0700";
        Restart = "on-failure";
        RestartSec = 1;
        CapabilityBoundingSet = "";
        AmbientCapabilities = "";
        LockPersonality = true;
        MemoryDenyWriteExecute = true;
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateTmp = true;
        ProcSubset = "pid";
        ProtectClock = true;
        ProtectControlGroups = true;
        ProtectHome = true;
        ProtectHostname = true;
        ProtectKernelLogs = true;
        ProtectKernelModules = true;
        ProtectKernelTunables = true;
        ProtectProc = "invisible";
        ProtectSystem = "strict";
        RemoveIPC = true;
        RestrictAddressFamilies = [
          "AF_INET"
          "AF_INET6"
          "AF_UNIX"
        ];
        RestrictNamespaces = true;
        RestrictRealtime = true;
        RestrictSUIDSGID = true;
        SystemCallArchitectures = "native";
        SystemCallFilter = [
          "@system-service"
          "~@privileged"
        ];
        UMask = "0077";
      };
    };
  };
}
