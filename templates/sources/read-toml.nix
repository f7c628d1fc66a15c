# Reads a manifest. It may have what Nix cannot read: inline tables over several lines, with a comma at the end, `\e` and
# `\xHH` (TOML 1.1), and dates, which become strings. All else is passed on to Nix as it is.
#
# text: of the manifest
# Returns its content.
text:
let
  inherit (builtins)
    elemAt
    filter
    foldl'
    head
    isString
    length
    match
    replaceStrings
    split
    stringLength
    substring
    tail
    ;
  drop = count: substring count (-1);
  isBlank = piece: match "[ \t\r]*" piece == [ ];

  time = "[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?";
  date = "[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ]${time}([Zz]|[+-][0-9]{2}:[0-9]{2})?)?|${time}";
  # A value of a key, or all that is between the commas of an array.
  withoutDates =
    piece:
    let
      found = match "(.*=[ \t]*|[ \t]*)(${date})([ \t\r]*)" piece;
    in
    if found == null then
      piece
    else
      "${head found}\"${elemAt found 1}\"${elemAt found (length found - 1)}";

  # state: mode (plain, comment, or the quotes that end a string); open (brackets, the innermost first); escaped (after a
  # backslash in a string); comma (one that is written only if something follows); out (the line so far)
  isInTable = state: state.open != [ ] && head state.open == "{";
  write = state: piece: state // { out = state.out + piece; };
  # Before anything but the end of an inline table.
  withComma = state: if state.comma then write (state // { comma = false; }) "," else state;

  readText =
    state: piece:
    if piece == "" then
      state
    else if state.mode == "plain" then
      write (if isBlank piece then state else withComma state) (withoutDates piece)
    else if state.mode == "comment" then
      if isInTable state then state else write state piece
    else if state.escaped then
      write (state // { escaped = false; }) (
        if substring 0 1 piece == "e" then
          "u001B${drop 1 piece}"
        else if substring 0 1 piece == "x" then
          "u00${drop 1 piece}"
        else
          piece
      )
    else
      write state piece;

  readPlain =
    state: token:
    let
      count = stringLength token;
      opened = withComma state;
    in
    if token == "#" then
      (if isInTable state then state else write state token) // { mode = "comment"; }
    else if token == "{" || token == "[" then
      write opened token // { open = [ token ] ++ state.open; }
    else if token == "}" || token == "]" then
      write (state // { comma = false; }) token
      // {
        open = if state.open == [ ] then [ ] else tail state.open;
      }
    else if token == "," && isInTable state then
      opened // { comma = true; }
    else if token == "," || token == "\\" then
      write state token
    else
      # An even number of quotes is an empty string.
      write opened token
      // {
        mode =
          if count == 1 then
            token
          else if count == 2 || count > 5 then
            "plain"
          else
            substring 0 3 token;
      };

  readQuoted =
    state: token:
    let
      isQuote = substring 0 1 token == substring 0 1 state.mode;
      count = stringLength token - (if state.escaped then 1 else 0);
      written = write state token;
    in
    if token == "\\" && substring 0 1 state.mode == "\"" then
      written // { escaped = !state.escaped; }
    else
      written
      // {
        escaped = false;
        mode = if isQuote && count >= stringLength state.mode then "plain" else state.mode;
      };

  readPiece =
    state: piece:
    if isString piece then
      readText state piece
    else if state.mode == "comment" then
      readText state (head piece)
    else
      (if state.mode == "plain" then readPlain else readQuoted) state (head piece);

  readLine =
    state: line:
    let
      read = foldl' readPiece (state // { out = ""; }) (split "([][{},#\\]|\"+|'+)" line);
      isMultiline = stringLength read.mode == 3;
    in
    {
      inherit (read) open comma;
      mode = if isMultiline then read.mode else "plain";
      escaped = false;
      lines = state.lines ++ [ (read.out + (if !isMultiline && isInTable read then " " else "\n")) ];
    };
in
builtins.fromTOML (
  builtins.concatStringsSep ""
    (foldl' readLine {
      mode = "plain";
      open = [ ];
      escaped = false;
      comma = false;
      lines = [ ];
    } (filter isString (split "\n" (replaceStrings [ "\r\n" ] [ "\n" ] text)))).lines
)
