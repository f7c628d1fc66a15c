# The hint to print if a unit of a path package fails because a file is missing: Nix gives a unit only its source.
#
# facts: a crate's facts
# Returns { pattern; hint; }: what such a failure looks like (a bash regular expression), and the hint to print. Both are
# empty for other packages, whose sources are as published.
let
  # Messages of the system, rustc, other compilers and cargo, followed by those of crates that use their own words.
  patterns = [
    "No such file or directory"
    "os error 2[)]"
    "NotFound"
    "entity not found"
    "couldn't read"
    "[fF]ile not found"
    "[cC]ould not (find|open|read) (the )?file"
    "([uU]nable|[fF]ailed) to (find|open|read|load) (the )?(file|manifest|directory|folder)"
    "cannot open linker script"
    "failed to find a workspace root"
    "no targets specified in the manifest"
    "([nN]o|[nN]ot find|[nN]ot locate|[fF]ind)( the| a)? workspace( root| manifest)?"
    "[wW]orkspace [^\n]*(not found|does not exist)"
    "could not find `Cargo[.]toml`"
    "[pP]ath [^\n]*(does not|doesn't) exist"
    "[pP]ath not found"
    # built
    "Cargo[.]lock not found"
    # proc-macro-crate, find-crate
    "[cC]ould not find `[^`]*` in `(dev-)?dependencies`"
    # askama, rinja, sailfish, minijinja, tera
    "not found in director(y|ies)"
    "[tT]emplate [^\n]*not found"
    # rust-embed, include_dir, i18n-config
    "([fF]older|[dD]irectory|[fF]ile) [^\n]*(does not|doesn't) exist"
    "is not a directory"
    # diesel_migrations, sqlx
    "[mM]igrations? (directory|dir)[^\n]*(not found|parent director)"
    "no cached data for this query"
    "failed to find data for query"
    "set `DATABASE_URL`"
    # wit-bindgen, graphql_client
    "failed to read path"
    "Could not find file with path"
  ];
in
facts:
if facts ? path then
  {
    pattern = builtins.concatStringsSep "|" patterns;
    hint = "note: Nix shows a package only its own files, without what .gitignore excludes, and what its code names by a literal path. If the file is a further one, name it in the Cargo.toml of `${facts.pname}`, and run `cargo2nix-ts generate`:\n\n    [package.metadata.cargo2nix]\n    include = [\"../folder/*.txt\"]   # paths, or globs, from the package's folder\n";
  }
else
  {
    pattern = "";
    hint = "";
  }
