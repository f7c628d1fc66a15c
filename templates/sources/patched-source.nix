# A package's source after crateOverrides: another `src`, or patches applied.
{
  stdenv,
  source,
  facts,
  changes,
}:
let
  # A patch applies to the package's directory, whatever surrounds it.
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
