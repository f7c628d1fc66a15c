# A file or a directory in the store, by itself. Nix copies a symlink as a symlink, which would lead nowhere; its text is copied
# instead, without permissions.
{ name, path }:
let
  type = (builtins.readDir (dirOf path)).${baseNameOf path} or "directory";
in
if type != "symlink" then
  builtins.path { inherit name path; }
else if builtins.pathExists (toString path + "/.") then
  throw "cargo2nix-ts: ${toString path} is a symlink to a directory; name the directory itself."
else
  builtins.toFile name (builtins.readFile path)
