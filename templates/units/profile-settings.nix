# The settings of a profile for one crate in one role, with all that cargo decides from the graph decided.
#
# profile: one of Cargo.nix's `profiles`
# role, key: the crate's
# isMember: of the workspace; other crates may have settings of their own (`[profile.NAME.package."*"]`)
# isApple: debuginfo stays in the object files there, unless a profile says otherwise
# keepsUnwind: tests and what they use never abort on a panic
# mayWeaken: cargo's host and target are one: dependencies of build scripts then have no debuginfo …
# isShared: … unless the same unit is used by the programs, too
# Returns the settings but for `strip`, whose default depends on the dependencies (crate-units.nix), and with
# `hasDebuginfo`: before it was taken away.
{
  profile,
  role,
  key,
  isMember,
  isApple,
  keepsUnwind,
  mayWeaken,
  isShared,
}:
let
  general = if isMember then profile else profile.dependencies or profile;
  written = profile.packages.${key}.${role} or general.${role};
  weakened = role == "build" && mayWeaken && !(written.debuginfoIsSet or false) && !isShared;
in
{
  rpath = false;
  debuginfo = "0";
  debugAssertions = false;
  overflowChecks = false;
  panic = "unwind";
  lto = "false";
}
// written
// (if role == "build" || keepsUnwind then { panic = "unwind"; } else { })
// (if isApple && !(written ? splitDebuginfo) then { splitDebuginfo = "unpacked"; } else { })
// {
  hasDebuginfo = written.debuginfo or "0" != "0";
}
// (if weakened then { debuginfo = "0"; } else { })
