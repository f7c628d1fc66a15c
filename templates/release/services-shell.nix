# A shell in which `run` starts all deployed members, or those named, and starts each again that ends.
#
# runs: member -> its run script
{
  pkgs,
  buildShell,
  runs,
  members,
}:
let
  services = buildShell {
    name = "services";
    script = ./services-shell.sh;
    preferLocalBuild = true;
    inherit members;
    commands = map (member: "${runs.${member}}/bin/run-${member}") members;
    shell = pkgs.runtimeShell or "${pkgs.bash}/bin/bash";
    path = "${pkgs.coreutils}/bin:${pkgs.runit}/bin";
    start = ./start-services.sh;
  };
in
pkgs.mkShell {
  nativeBuildInputs = [ services ];
}
