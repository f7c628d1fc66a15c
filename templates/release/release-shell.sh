# Commands of whoever publishes releases by hand. Each passes its arguments on, such as `--dry-run`.
#
# RELEASE_STORE: s3://…, file:///… or sftp://…; RELEASE_URL: where it is served, if known
# RELEASE_IMAGES: docker://HOST/NAME; CACHE: URL of a binary cache; CACHE_KEY: the secret key that signs it
# shellcheck shell=bash

# Fails unless all of these variables are set.
release_needs() {
  local name
  for name; do
    if [[ -z ${!name:-} ]]; then
      echo "error: set $name first" >&2
      return 1
    fi
  done
}

# Uploads the release in `result`, or in the directory that is named.
to_s3() {
  release_needs RELEASE_STORE || return
  cargo2nix-ts release publish --to "$RELEASE_STORE" \
    ${RELEASE_URL:+--url "$RELEASE_URL"} ${RELEASE_IMAGES:+--images "$RELEASE_IMAGES"} "$@"
}

# Pushes its images. DOCKER_AUTH may hold what DOCKER_AUTH_CONFIG does.
to_docker() {
  release_needs RELEASE_IMAGES || return
  DOCKER_AUTH_CONFIG=${DOCKER_AUTH_CONFIG:-${DOCKER_AUTH:-}} \
    cargo2nix-ts release push-images --to "$RELEASE_IMAGES" "$@"
}

# Rebuilds the page and the feeds of all releases.
refresh_index() {
  release_needs RELEASE_STORE || return
  cargo2nix-ts release index --to "$RELEASE_STORE" \
    ${RELEASE_URL:+--url "$RELEASE_URL"} ${RELEASE_IMAGES:+--images "$RELEASE_IMAGES"} "$@"
}

# Pushes the toolchain and its closure to the binary cache, as far as the cache lacks it.
refresh_toolchain() {
  release_needs CACHE || return
  (
    key=
    if [[ -n ${CACHE_KEY:-} ]]; then
      key=$(mktemp)
      trap 'rm -f "$key"' EXIT
      printf '%s\n' "$CACHE_KEY" >"$key"
    fi
    cargo2nix-ts cache push --toolchain --to "$CACHE" ${key:+--sign-key "$key"} "$@"
  )
}

# For `--run "bash script"`, too.
export -f release_needs to_s3 to_docker refresh_index refresh_toolchain
