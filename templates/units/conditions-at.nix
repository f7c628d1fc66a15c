# Evaluates Cargo.nix's conditions at a point.
#
# conditions: name -> list of alternatives; an alternative maps a dimension to the values it accepts
# point: dimension -> value (role, platform, mode, build, buildPlatform, hostPlatform)
# Returns name -> bool.
{ conditions, point }:
let
  holds = alternative: builtins.all (accepts alternative) (builtins.attrNames alternative);
  accepts =
    alternative: dimension:
    if point ? ${dimension} then
      builtins.elem point.${dimension} alternative.${dimension}
    else
      throw "cargo2nix-ts: Cargo.nix has a condition on '${dimension}', which this runtime does not know. Run `cargo2nix-ts generate` again, so that Cargo.nix and nix/cargo2nix/ are the same version.";
in
builtins.mapAttrs (_: builtins.any holds) conditions
