# Flags for rustc as one text: the value of CARGO_ENCODED_RUSTFLAGS.
flags:
let
  separator = builtins.fromJSON ''"\u001f"'';
in
builtins.concatStringsSep separator flags
