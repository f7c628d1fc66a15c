# The letters of crate and feature names, for changing their case with `builtins.replaceStrings`.
let
  split = text: map (index: builtins.substring index 1 text) (builtins.genList (index: index) 26);
in
{
  lower = split "abcdefghijklmnopqrstuvwxyz";
  upper = split "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
}
