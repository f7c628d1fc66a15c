# The rules of a .gitignore file (gitignore(5)).
#
# text: of the file
# Returns a function: path relative to the file's folder, is it a folder -> true (ignored), false (a rule with `!`
# says that it is not) or null (no rule applies).
text:
let
  inherit (builtins)
    concatStringsSep
    elemAt
    filter
    genList
    head
    isString
    length
    match
    replaceStrings
    split
    stringLength
    substring
    ;
  inherit (import ../lib/text.nix)
    dropFirst
    hasPrefix
    ;
  lines = filter (line: isString line && line != "" && !(hasPrefix "#" line)) (split "\r?\n" text);
  rules = filter (rule: rule.pattern != "") (map parse lines);

  parse =
    line:
    let
      # Blanks at the end do not count, but for one that is quoted.
      bareLine = head (match "(.*[^ ]|) *" line);
      trimmed = if bareLine != line && match ".*[\\]" bareLine != null then "${bareLine} " else bareLine;
      negates = hasPrefix "!" trimmed;
      positive = if negates then dropFirst 1 trimmed else trimmed;
      forFolders = match ".*/" positive != null;
      bare = if forFolders then substring 0 (stringLength positive - 1) positive else positive;
      # A slash before the end ties the rule to the file's own folder.
      isTied = match ".*/.*" bare != null;
      pattern = if hasPrefix "/" bare then dropFirst 1 bare else bare;
    in
    {
      inherit negates forFolders pattern;
      regex = (if isTied then "" else "(.*/)?") + toRegex pattern;
    };

  # A part `**` stands for any number of folders, at the end for all that lies below; elsewhere stars are one star.
  toRegex =
    pattern:
    let
      parts = filter isString (split "/" pattern);
      end = length parts - 1;
    in
    concatStringsSep "" (
      genList (
        index:
        let
          part = elemAt parts index;
        in
        if part == "**" then
          (if index == end then ".*" else "(.*/)?")
        else
          globToRegex part + (if index == end then "" else "/")
      ) (length parts)
    );
  globToRegex =
    part:
    let
      pieces = split "([[][!^]?[]]?([[]:[a-z]+:[]]|[^]])*[]]|[*]+|[?]|[\\].)" part;
      convert =
        piece:
        if isString piece then
          quote piece
        else
          let
            glob = head piece;
            first = substring 0 1 glob;
          in
          if first == "*" then
            "[^/]*"
          else if first == "?" then
            "[^/]"
          else if first == "[" then
            replaceStrings [ "[!" ] [ "[^" ] glob
          else
            quote (substring 1 1 glob);
    in
    concatStringsSep "" (map convert pieces);
  quote = import ../lib/literal-regex.nix;

  last = list: elemAt list (length list - 1);
in
path: isFolder:
let
  applying = filter (rule: (isFolder || !rule.forFolders) && match rule.regex path != null) rules;
in
if applying == [ ] then null else !(last applying).negates
