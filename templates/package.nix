# What a member installs: its programs in bin/, its cdylibs and staticlibs in lib/. No reference to the toolchain
# or to sources stays in it.
{
  buildShell,
  facts,
  programs,
  libraries,
}:
let
  names = builtins.attrNames programs;
  mainProgram =
    if builtins.length names == 1 then
      builtins.head names
    else if programs ? ${facts.pname} then
      facts.pname
    else
      null;
in
buildShell {
  name = "${facts.pname}-${facts.version}";
  script = ./package.sh;
  programs = map (name: "${programs.${name}}") names;
  inherit libraries;
}
// {
  inherit (facts) pname version;
  meta = {
    inherit (facts) description homepage;
    license = facts.license;
  }
  // (if mainProgram == null then { } else { inherit mainProgram; });
  passthru = { inherit programs; };
}
