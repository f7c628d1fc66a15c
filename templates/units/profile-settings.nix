# A profile's settings for one crate in one role, after the decisions that cargo makes from the unit graph.
#
# profile: one of Cargo.nix's `profiles`
# isMember: key -> the package is in the workspace; other crates may have their own settings (`[profile.NAME.package."*"]`)
# sides: role -> "host" or "build", whose settings it has
# isApple: role -> debuginfo stays in the object files by default
# keepsUnwind: tests and what they use never abort on a panic
# Returns a function of
#   mayWeaken: cargo's host and target are the same: dependencies of build scripts then get no debuginfo …
#   isShared: … unless binaries use the same unit, too
#   role, key: the crate's
# to the settings without `strip`, whose default depends on the dependencies (crate-units.nix), and with
# `hasDebuginfo`: whether there was debuginfo before mayWeaken removed it.
{
  profile,
  isMember,
  sides,
  isApple,
  keepsUnwind,
}:
let
  decide =
    role: written:
    let
      settings = {
        rpath = false;
        debuginfo = "0";
        debugAssertions = false;
        overflowChecks = false;
        panic = "unwind";
        lto = "false";
      }
      // written
      // (if sides.${role} == "build" || keepsUnwind then { panic = "unwind"; } else { })
      // (if isApple role && !(written ? splitDebuginfo) then { splitDebuginfo = "unpacked"; } else { })
      // {
        hasDebuginfo = written.debuginfo or "0" != "0";
      };
    in
    {
      asWritten = settings;
      weakened =
        if sides.${role} == "build" && !(written.debuginfoIsSet or false) then
          settings // { debuginfo = "0"; }
        else
          settings;
    };
  forRoles = settings: builtins.mapAttrs (role: side: decide role settings.${side}) sides;
  # Hardly any crate has its own settings, so most share one of these.
  ofMembers = forRoles profile;
  ofOthers = if profile ? dependencies then forRoles profile.dependencies else ofMembers;
  own = builtins.mapAttrs (_: forRoles) (profile.packages or { });
in
mayWeaken: isShared: role: key:
let
  general = if isMember key then ofMembers else ofOthers;
  decided = own.${key}.${role} or general.${role};
in
if mayWeaken && !isShared then decided.weakened else decided.asWritten
