# What is said when a unit of a path package fails because a file is not there: Nix shows it only its source.
#
# facts: a crate's facts
# Returns { pattern; hint; }: how such a failure reads (a regular expression of bash), and what to say then; both are
# empty for other packages, which are as they were published.
facts:
if facts ? path then
  {
    pattern = "No such file or directory|os error 2[)]|[fF]ile not found|NotFound|couldn't read";
    hint = "note: Nix shows a package only its own files, without what .gitignore excludes, and what its code names by a literal path. If the file is a further one, name it in the Cargo.toml of `${facts.pname}`, and run `cargo2nix-ts generate`:\n\n    [package.metadata.cargo2nix]\n    include = [\"../folder/*.txt\"]   # paths, or globs, from the package's folder\n";
  }
else
  {
    pattern = "";
    hint = "";
  }
