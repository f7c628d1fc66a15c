# The packages that a list of npm packages needs, each with its place below `node_modules`, as package-lock.json has them.
#
# lock: package-lock.json (lockfileVersion 3) as a value
# npmArchive: npm-archive.nix
# os, cpu: of the machine that builds, in Node's words; packages for others are left out
# roots: names of packages at the top
# Returns a list of { path; archive; }.
{
  lib,
  lock,
  npmArchive,
  os,
  cpu,
  roots,
}:
let
  inherit (builtins) attrNames genericClosure;

  runsHere =
    package:
    lib.elem os (package.os or [ os ])
    && lib.elem cpu (package.cpu or [ cpu ])
    # There are two builds for Linux where a package depends on the C library; nixpkgs has glibc.
    && lib.elem "glibc" (package.libc or [ "glibc" ]);

  # As Node looks a package up: in the nearest `node_modules` above the one that asks.
  find =
    from: name:
    let
      here = "${lib.optionalString (from != "") "${from}/"}node_modules/${name}";
      above = lib.concatStringsSep "/node_modules/" (
        lib.init (lib.splitString "/node_modules/" "/${from}")
      );
    in
    if lock.packages ? ${here} then
      here
    else if from == "" then
      null
    else
      find (lib.removePrefix "/" above) name;

  neededBy =
    path:
    let
      package = lock.packages.${path};
      names = attrNames (package.dependencies or { } // package.optionalDependencies or { });
    in
    lib.filter (each: each != null && runsHere lock.packages.${each}) (map (find path) names);

  paths = genericClosure {
    startSet = map (name: { key = "node_modules/${name}"; }) roots;
    operator = { key }: map (path: { key = path; }) (neededBy key);
  };
in
map (
  { key }:
  {
    path = key;
    archive = npmArchive {
      name = lib.last (lib.splitString "node_modules/" key);
      inherit (lock.packages.${key}) version integrity;
    };
  }
) paths
