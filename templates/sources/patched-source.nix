# A package's source as crateOverrides wants it: another `src`, or with patches.
{
  stdenv,
  source,
  facts,
  changes,
}:
let
  # A patch is for the package's folder, whatever lies around it.
  folder = if source.dir == "" then source.src else "${source.src}/${source.dir}";
in
{
  src = stdenv.mkDerivation (
    {
      name = "crate-${facts.storeName}-${facts.version}-patched-src";
      src = folder;
      preferLocalBuild = true;
      dontConfigure = true;
      dontBuild = true;
      dontFixup = true;
      installPhase = "cp -R . $out";
    }
    // changes
  );
  dir = "";
}
