# A package's nixpkgs `meta`, derived from its manifest.
#
# facts: the package's; mainProgram: or null
# lib: nixpkgs', or null: licenses are then known only by their SPDX names
{
  facts,
  mainProgram,
  lib,
}:
let
  inherit (builtins)
    concatMap
    concatStringsSep
    elem
    elemAt
    filter
    foldl'
    head
    isString
    length
    listToAttrs
    match
    replaceStrings
    split
    ;
  letters = import ../lib/letters.nix;
  lower = replaceStrings letters.upper letters.lower;

  # One line, without a trailing period.
  oneLine =
    text: concatStringsSep " " (filter (part: isString part && part != "") (split "[[:space:]]+" text));
  withoutDot =
    text:
    let
      parts = match "(.*[^.])[.]" text;
    in
    if parts == null then text else head parts;

  known =
    if lib == null then
      { }
    else
      listToAttrs (
        map (license: {
          name = lower license.spdxId;
          value = license;
        }) (filter (license: license ? spdxId) (builtins.attrValues lib.licenses))
      );
  # `ID WITH EXCEPTION` is one nixpkgs license, or two.
  licensesOf =
    term:
    let
      name = replaceStrings [ "_WITH_" ] [ " WITH " ] term;
      parts = filter isString (split "_WITH_" term);
    in
    if known ? ${lower name} || length parts == 1 then [ (licenseOf name) ] else map licenseOf parts;
  licenseOf =
    id:
    let
      orLater = match "(.*)[+]" id;
      name = if orLater == null then id else "${head orLater}-or-later";
    in
    # The older names of the GNU licenses do not say whether later versions apply.
    known.${lower name} or known.${lower "${name}-only"} or {
      spdxId = name;
      shortName = name;
      fullName = name;
    };
  # Cargo still accepts a slash for OR. As in nixpkgs, list every license that the expression names.
  joined = replaceStrings [ " WITH " " with " ] [ "_WITH_" "_WITH_" ] (oneLine facts.license);
  words = filter (
    word:
    isString word
    && !elem (lower word) [
      ""
      "and"
      "or"
    ]
  ) (split "[[:space:]()/]+" joined);
  licenses = foldl' (all: each: if elem each all then all else all ++ [ each ]) [ ] (
    concatMap licensesOf words
  );
  when = isSaid: attributes: if isSaid then attributes else { };
  homepage = if facts.homepage == "" then facts.repository else facts.homepage;
in
when (facts.description != "") { description = withoutDot (oneLine facts.description); }
// when (homepage != "") { inherit homepage; }
// when (licenses != [ ]) {
  license = if length licenses == 1 then elemAt licenses 0 else licenses;
}
// when (mainProgram != null) { inherit mainProgram; }
