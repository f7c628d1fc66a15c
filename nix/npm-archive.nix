# The archive of one npm package, fetched by npm itself and checked against the hash that package-lock.json has of it.
#
# npm knows the registry, mirrors and proxies, so no URL is needed; and as the hash is the lockfile's own, nothing has to
# be updated here when a dependency changes.
{
  cacert,
  lib,
  nodejs,
  stdenvNoCC,
}:
{
  name,
  version,
  integrity,
}:
stdenvNoCC.mkDerivation {
  name = "npm-${lib.replaceStrings [ "@" "/" ] [ "" "-" ] name}-${version}.tgz";
  nativeBuildInputs = [
    cacert
    nodejs
  ];
  buildCommand = ''
    export HOME=$NIX_BUILD_TOP
    npm pack --silent --ignore-scripts ${lib.escapeShellArg "${name}@${version}"}
    mv -- *.tgz "$out"
  '';
  outputHash = integrity;
  outputHashMode = "flat";
  impureEnvVars = lib.fetchers.proxyImpureEnvVars ++ [ "NPM_CONFIG_REGISTRY" ];
  preferLocalBuild = true;
}
