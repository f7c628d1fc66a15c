# Where a workspace's configuration says that its lockfile is (`resolver.lockfile-path`), for evaluation before `generate`.
#
# src: the workspace's directory
# Returns a path relative to it.
src:
let
  inherit (builtins)
    filter
    foldl'
    isString
    pathExists
    readFile
    split
    ;
  readToml = import ../templates/sources/read-toml.nix;

  # A file's own value goes before those of the files that it includes, of which the last goes first. A relative path
  # begins at the directory that contains the file's directory.
  pathIn =
    file:
    let
      config = readToml (readFile (src + "/${file}"));
      included = map (each: normal "${directoryOf file}/${each.path or each}") (config.include or [ ]);
      own = config.resolver.lockfile-path or null;
    in
    if own != null then
      if isAbsolute own then own else normal "${directoryOf (directoryOf file)}/${own}"
    else
      foldl' (found: next: if pathIn next == null then found else pathIn next) null (
        filter (each: pathExists (src + "/${each}")) included
      );

  isAbsolute = path: builtins.substring 0 1 path == "/";
  directoryOf = path: normal "${path}/..";
  # Without `.`, and without `..` but at the start.
  normal =
    path:
    builtins.concatStringsSep "/" (
      foldl' (
        parts: part:
        if part == "" || part == "." then
          parts
        else if part == ".." && parts != [ ] && last parts != ".." then
          withoutLast parts
        else
          parts ++ [ part ]
      ) [ ] (filter isString (split "/" path))
    );
  last = parts: builtins.elemAt parts (builtins.length parts - 1);
  withoutLast = parts: builtins.genList (builtins.elemAt parts) (builtins.length parts - 1);

  files = filter (each: pathExists (src + "/${each}")) [
    ".cargo/config"
    ".cargo/config.toml"
  ];
  path = if files == [ ] then null else pathIn (builtins.head files);
in
if path == null then
  "Cargo.lock"
else if isAbsolute path || builtins.match "[.][.](/.*)?" path != null then
  throw "cargo2nix-ts: importWorkspace reads lockfiles in the workspace's directory, and `resolver.lockfile-path` names ${path}."
else
  path
