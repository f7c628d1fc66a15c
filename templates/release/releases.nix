# `release` of Cargo.nix: what the settings ask for, for each of its targets and as a whole.
#
# release: the settings (the fact `release` of Cargo.nix); ref, commit: of what is built, or null
# outputsOf: triple -> outputs of the named build (target-outputs.nix); compilerOf: triple -> compiler.nix
# Returns { version; class; plan; all; images; shell; <triple> = target-release.nix; }.
{
  release,
  ref,
  commit,
  root,
  buildShell,
  buildPackages,
  outputsOf,
  compilerOf,
}:
let
  inherit (builtins)
    attrNames
    attrValues
    concatMap
    elem
    filter
    head
    map
    replaceStrings
    ;
  words = import ../lib/words.nix;
  text = import ../lib/text.nix;
  named = import ./release-version.nix {
    inherit (release) classes;
    inherit ref commit;
  };
  triples = words release.targets;
  # Members without binaries are not released unless they are named; which has some, may depend on the target.
  packagesOf =
    triple:
    let
      inherit (outputsOf triple) packages;
      asked = map (name: packages.${name} or (missing name)) (words release.packages);
    in
    if release ? packages then
      asked
    else
      filter (package: package.bins or { } != { }) (attrValues packages);
  missing =
    name:
    throw "cargo2nix-ts: the named build '${release.build}' does not compile '${name}', which `release.packages` in [workspace.metadata.cargo2nix] names.";
  name = release.name or (head (packagesOf (head triples))).pname;
  about = {
    inherit name;
    inherit (named) version;
    # Registries allow no plus sign.
    tag = replaceStrings [ "+" ] [ "_" ] named.version;
  };
  targets = text.genAttrs triples (
    triple:
    import ./target-release.nix {
      inherit
        triple
        buildShell
        buildPackages
        release
        about
        root
        ;
      compiler = compilerOf triple;
      packages = packagesOf triple;
      tests =
        if elem triple (words (release.check.integrationTests or "")) then
          map (package: (outputsOf triple).tests.${package.released.facts.pname}) (packagesOf triple)
        else
          [ ];
    }
  );
  each = map (triple: targets.${triple}) triples;
  withImages = filter (target: target.hasImage) each;
  fileName = "${name}-${named.version}-image";
  images = import ./join-images.nix {
    inherit buildShell;
    inherit (about) tag;
    name = fileName;
    images = map (target: target.image) withImages;
  };
  joined =
    if withImages == [ ] then
      [ ]
    else
      [
        {
          file = "${images}/${fileName}.tar";
          digest = "${images}/digest";
          facts = {
            triple = null;
            os = "linux";
            architecture = null;
            variant = null;
            kind = "image";
            format = "oci-archive";
            path = "${fileName}.tar";
            units = attrNames (text.set (concatMap (target: target.units) withImages));
          };
        }
      ];
  artefacts = joined ++ concatMap (target: target.artefacts) each;
  facts = {
    format = 1;
    inherit name ref commit;
    inherit (named) version class;
  };
in
targets
// {
  inherit (named) version class;
  # release.json as far as it is known before anything is built.
  plan = facts // {
    artefacts = map (artefact: artefact.facts) artefacts;
  };
  inherit images;
  shell = import ./release-shell.nix { pkgs = buildPackages; };
  all = import ./release-directory.nix {
    inherit buildShell facts artefacts;
    inherit (named) version;
    name = "${name}-${named.version}-release";
    checks = map (target: target.check) each;
    sums =
      (
        if joined == [ ] then
          [ ]
        else
          [
            (import ./list-artefacts.nix {
              inherit buildShell;
              name = "${fileName}-sums";
              artefacts = joined;
            })
          ]
      )
      ++ map (target: target.sums) each;
  };
}
