# Roles for artifacts that name their target.
#
# artifactTargets: what artifact dependencies name: triples, and "target" for the platform for which the package of a build
# script is compiled
# hostTriple: that platform
# Returns
#   sides: role -> "host" or "build": artifacts of build scripts have the settings of build scripts
#   triples: role -> platform
#   roleOfArtifact: role of a dependent -> artifact, as in the crate's facts -> role
{ artifactTargets, hostTriple }:
let
  inherit (builtins) listToAttrs concatMap;
  tripleOf = target: if target == "target" then hostTriple else target;
  names = {
    host = "artifact";
    build = "buildArtifact";
  };
  nameOf = side: triple: "${names.${side}} ${triple}";
  forAll =
    f:
    listToAttrs (
      concatMap (
        side:
        map (
          target:
          let
            triple = tripleOf target;
          in
          {
            name = nameOf side triple;
            value = f side triple;
          }
        ) artifactTargets
      ) (builtins.attrNames names)
    );
  sides = forAll (side: _: side);
in
{
  inherit sides;
  triples = forAll (_: triple: triple);
  roleOfArtifact =
    role: artifact:
    if artifact ? target then nameOf (sides.${role} or role) (tripleOf artifact.target) else role;
}
