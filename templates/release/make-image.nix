# A container image of one target: a tar file that is both an OCI layout and what `docker load` reads. No daemon, namespace
# or network is needed for it.
#
# name: of the file, without extension; image: the settings, with `name`; tag: in the registry
# platform: see platform-names.nix; entrypoint: a list
# Its output has the file, and `digest`: the digest of the image's manifest.
{
  buildShell,
  buildPackages,
  name,
  image,
  tag,
  platform,
  entrypoint,
  packages,
  files,
  destinations,
  sources,
}:
let
  inherit (builtins)
    attrNames
    listToAttrs
    match
    toJSON
    ;
  words = import ../lib/words.nix;
  when = condition: attributes: if condition then attributes else { };
  numbers = match "([0-9]+)(:([0-9]+))?" image.user;
  hasName = numbers == null;
  # Images of distributions without a shell use this one.
  uid = if hasName then (if image.user == "root" then "0" else "65532") else builtins.head numbers;
  gid =
    let
      given = if hasName then null else builtins.elemAt numbers 2;
    in
    if given == null then uid else given;
  environment =
    when (image.certificates or false) { SSL_CERT_FILE = "/etc/ssl/certs/ca-certificates.crt"; }
    // image.environment or { };
  ports = words (image.ports or "");
in
buildShell {
  inherit
    name
    tag
    destinations
    sources
    files
    uid
    gid
    ;
  script = ./make-image.sh;
  isStandard = true;
  placeFiles = ./place-files.sh;
  user = if hasName then image.user else "nonroot";
  packages = map (package: "${package}") packages;
  repository = image.name;
  certificates = if image.certificates or false then "${buildPackages.cacert}/etc/ssl/certs" else "";
  timeZones = if image.timeZones or false then "${buildPackages.tzdata}/share/zoneinfo" else "";
  platform = toJSON (
    {
      inherit (platform) architecture os;
    }
    // when (platform.variant != null) { inherit (platform) variant; }
  );
  config = toJSON (
    {
      User = "${uid}:${gid}";
      Entrypoint = entrypoint;
      WorkingDir = "/";
      Env = map (key: "${key}=${environment.${key}}") (attrNames environment);
    }
    // when (image ? command) { Cmd = image.command; }
    // when (ports != [ ]) {
      ExposedPorts = listToAttrs (
        map (port: {
          name = port;
          value = { };
        }) ports
      );
    }
    // when (image ? labels) { Labels = image.labels; }
  );
}
