# Makes directories look like the checkouts that cargo keeps: `generate` reads git's index in them, for the hash and for
# submodules.
# shellcheck shell=bash
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
export GIT_AUTHOR_NAME=nix GIT_AUTHOR_EMAIL=nix GIT_AUTHOR_DATE='@1 +0000'
export GIT_COMMITTER_NAME=nix GIT_COMMITTER_EMAIL=nix GIT_COMMITTER_DATE='@1 +0000'

# A repository whose index has all files of a directory; submodules that have been fetched are repositories of their own.
as_repository() {
  local path
  git -C "$1" init --quiet
  git -C "$1" config core.autocrlf false
  if [[ -e $1/.gitmodules ]]; then
    while read -r _ path; do
      if [[ -n $(ls -A "$1/$path" 2>/dev/null) ]]; then as_repository "$1/$path"; fi
    done < <(git config --file "$1/.gitmodules" --get-regexp '[.]path$')
  fi
  git -C "$1" -c advice.addEmbeddedRepo=false add --all --force
  git -C "$1" commit --quiet --allow-empty --message=checkout
  # Newer Nix fetches files as they are stored, without what .gitattributes says. An index that knows no times lets git
  # write them all again.
  git -C "$1" read-tree HEAD
  git -C "$1" checkout-index --all --force --index
}

# place_checkout SOURCE DIRECTORY COMMIT
place_checkout() {
  mkdir -p "${2%/*}"
  cp -R "$1" "$2"
  chmod -R u+w "$2"
  as_repository "$2"
  echo "$3" >"$2/.git/HEAD"
  touch "$2/.cargo-ok"
}
