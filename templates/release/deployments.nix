# `deploy` and `services` of Cargo.nix: what runs members on the machine for which `pkgs` is.
#
# deploy: the settings (the fact `deploy` of Cargo.nix), by member; root: the workspace
# packagesOf: named build -> packages
# Returns { deploy.<member> = { run; closure; image; nixosModule; }; services; }.
{
  deploy,
  root,
  pkgs,
  buildShell,
  packagesOf,
}:
let
  inherit (builtins) attrNames mapAttrs;
  deployed = mapAttrs (
    member: settings:
    let
      package =
        (packagesOf settings.build).${member}
          or (throw "cargo2nix-ts: the named build '${settings.build}' does not compile '${member}', which has a table in `deploy` of [workspace.metadata.cargo2nix].");
      run = import ./run-script.nix {
        inherit
          pkgs
          root
          buildShell
          member
          package
          settings
          ;
      };
    in
    {
      inherit run;
      closure = import ./closure-archive.nix {
        inherit pkgs run;
        name = "${member}-${package.version}-closure";
      };
      image = pkgs.dockerTools.buildLayeredImage {
        name = member;
        tag = package.version;
        contents = [ run ];
        config.Entrypoint = [ "${run}/bin/run-${member}" ];
      };
      nixosModule = import ./nixos-module.nix { inherit member run settings; };
    }
  ) deploy;
in
{
  deploy = deployed;
  services = import ./services-shell.nix {
    inherit pkgs buildShell;
    runs = mapAttrs (_: each: each.run) deployed;
    members = attrNames deployed;
  };
}
