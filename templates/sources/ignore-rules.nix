# The rules of a .gitignore file (gitignore(5), git's dir.c and wildmatch.c).
#
# text: contents of the file
# Returns a function: path relative to the file's directory -> whether it is a directory -> true (ignored), false
# (re-included by a rule with `!`) or null (no rule applies).
text:
let
  inherit (builtins)
    concatStringsSep
    elem
    elemAt
    filter
    fromJSON
    genList
    head
    isString
    length
    listToAttrs
    match
    split
    stringLength
    substring
    ;
  lines = filter (line: isString line && line != "" && substring 0 1 line != "#") (
    split "\r?\n" "${withoutMark}\n"
  );
  # Some editors write a byte order mark, which git skips.
  mark = fromJSON ''"\ufeff"'';
  withoutMark = if substring 0 3 text == mark then substring 3 (-1) text else text;
  rules = filter (rule: rule.regex != null) (map parse lines);

  parse =
    line:
    let
      # Trailing spaces are ignored unless they are escaped.
      bareLine = head (match "(.*[^ ]|) *" line);
      backslashes = stringLength (elemAt (match "(.*[^\\]|)([\\]*)" bareLine) 1);
      isQuoting = bareLine != line && backslashes != backslashes / 2 * 2;
      trimmed = if isQuoting then "${bareLine} " else bareLine;
      negates = substring 0 1 trimmed == "!";
      positive = if negates then substring 1 (-1) trimmed else trimmed;
      forFolders = match ".*/" positive != null;
      bare = if forFolders then substring 0 (stringLength positive - 1) positive else positive;
      # A slash before the end anchors the rule to the file's own directory.
      isTied = match ".*/.*" bare != null;
      pattern = if substring 0 1 bare == "/" then substring 1 (-1) bare else bare;
      regex = toRegex isTied pattern;
    in
    {
      inherit negates forFolders;
      regex = if pattern == "" || regex == null then null else (if isTied then "" else "(.*/)?") + regex;
    };

  # A pattern as a regular expression; null if it matches nothing because git rejects it.
  toRegex =
    isTied: pattern:
    let
      # Git compares the part before the first special character separately, so stars after it begin a pattern.
      start = match "([^*?[\\]*)(.*)" pattern;
      pieces = piecesOf isTied true "" (elemAt start 1);
    in
    if pieces == null then null else quote (elemAt start 0) + pieces;

  # isFirst: the rest begins a pattern; before: the preceding character
  piecesOf =
    isTied: isFirst: before: rest:
    let
      first = substring 0 1 rest;
      second = substring 1 1 rest;
      stars = head (match "([*]*).*" rest);
      afterStars = substring (stringLength stars) (-1) rest;
      isDeep = isTied && stringLength stars > 1 && (isFirst || before == "/");
      bracket = bracketOf (substring 1 (-1) rest);
      continue =
        regex: before: rest:
        let
          more = piecesOf isTied false before rest;
        in
        if more == null then null else regex + more;
    in
    if rest == "" then
      ""
    else if stars != "" then
      # Any number of directories, or everything below.
      if isDeep && afterStars == "" then
        ".*"
      else if isDeep && substring 0 1 afterStars == "/" then
        continue "(.*/)?" "/" (substring 1 (-1) afterStars)
      else
        continue "[^/]*" "*" afterStars
    else if first == "?" then
      continue "[^/]" "?" (substring 1 (-1) rest)
    else if first == "\\" then
      if second == "" then null else continue (quote second) second (substring 2 (-1) rest)
    else if first == "[" then
      if bracket == null || bracket.regex == null then
        null
      else
        continue bracket.regex "]" (substring bracket.width (-1) (substring 1 (-1) rest))
    else
      let
        plain = head (match "([^*?[\\]+).*" rest);
      in
      continue (quote plain) (substring (stringLength plain - 1) 1 plain) (
        substring (stringLength plain) (-1) rest
      );

  # The text after a bracket: { regex; width; }, or null if it is not closed or names an unknown class.
  bracketOf =
    rest:
    let
      negates = elem (substring 0 1 rest) [
        "!"
        "^"
      ];
      start = if negates then 1 else 0;
      # `chars`: the matched characters; `previous`: a character with which a range may start, or ""
      go =
        {
          at,
          chars,
          previous,
          isFirst,
        }:
        let
          char = substring at 1 rest;
          next = substring (at + 1) 1 rest;
          isQuoted = char == "\\";
          rangeEnd = if next == "\\" then substring (at + 2) 1 rest else next;
          class = match "([^]]*):[]].*" (substring (at + 2) (-1) rest);
          isClass = char == "[" && next == ":" && match "[^]]*[]].*" (substring (at + 2) (-1) rest) != null;
          add =
            added: previous: width:
            go {
              at = at + width;
              chars = chars ++ added;
              inherit previous;
              isFirst = false;
            };
        in
        if char == "" then
          null
        else if char == "]" && !isFirst then
          {
            inherit chars;
            width = at + 1;
          }
        else if isQuoted then
          if next == "" then null else add [ next ] next 2
        else if char == "-" && previous != "" && next != "" && next != "]" then
          if rangeEnd == "" then null else add (range previous rangeEnd) "" (if next == "\\" then 3 else 2)
        else if char == "[" && next == ":" && !isClass then
          null
        else if isClass && class != null then
          if classes ? ${head class} then
            add classes.${head class} "" (stringLength (head class) + 4)
          else
            null
        else
          add [ char ] char 1;
      found = go {
        at = start;
        chars = [ ];
        previous = "";
        isFirst = true;
      };
      # Brackets never match a slash.
      wanted = filter (char: char != "/") found.chars;
    in
    if found == null then
      null
    else
      {
        inherit (found) width;
        regex = if negates then noneOf ([ "/" ] ++ wanted) else anyOf wanted;
      };
  # The order in which a bracket expression of a regular expression can contain all of them.
  inBracket =
    chars:
    let
      has = char: if elem char chars then char else "";
      others = filter (
        char:
        !(elem char [
          "]"
          "["
          "^"
          "-"
        ])
      ) chars;
    in
    "${has "]"}${concatStringsSep "" others}${has "["}${has "^"}${has "-"}";
  noneOf = chars: "[^${inBracket chars}]";
  anyOf =
    chars:
    if chars == [ ] then
      null
    else if length chars < 4 then
      "(${concatStringsSep "|" (map quote chars)})"
    else
      "[${inBracket chars}]";

  ascii = " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";
  asciiChars = genList (index: substring index 1 ascii) (stringLength ascii);
  codes = listToAttrs (
    genList (index: {
      name = substring index 1 ascii;
      value = index;
    }) (stringLength ascii)
  );
  range =
    from: to:
    if codes ? ${from} && codes ? ${to} then
      filter (char: codes.${char} >= codes.${from} && codes.${char} <= codes.${to}) asciiChars
    else
      [
        from
        to
      ];
  classes = listToAttrs (
    map
      (name: {
        inherit name;
        value = filter (char: match "[[:${name}:]]" char != null) asciiChars;
      })
      [
        "alnum"
        "alpha"
        "blank"
        "cntrl"
        "digit"
        "graph"
        "lower"
        "print"
        "punct"
        "space"
        "upper"
        "xdigit"
      ]
  );
  quote = import ../lib/literal-regex.nix;

  last = list: elemAt list (length list - 1);
in
path: isFolder:
let
  applying = filter (rule: (isFolder || !rule.forFolders) && match rule.regex path != null) rules;
in
if applying == [ ] then null else !(last applying).negates
