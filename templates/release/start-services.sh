# run [MEMBER...]: starts the members under runit, until it is interrupted.
# shellcheck shell=bash disable=SC2154
set -eu
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
if (($# == 0)); then set -- "$services"/*; fi
for member; do
  member=${member##*/}
  if [[ ! -d $services/$member ]]; then
    echo "run: there is no service $member; there are: $(basename --multiple "$services"/* | paste --serial --delimiters=' ')" >&2
    exit 2
  fi
  mkdir "$directory/$member"
  ln -s "$services/$member/run" "$directory/$member/run"
done
# In a process group of its own, so that an interrupt from the terminal does not end it before its services.
set -m
runsvdir -P "$directory" &
supervisor=$!
# On HUP it ends what it has started, first.
stop() {
  kill -HUP "$supervisor" 2>/dev/null || :
}
trap stop INT TERM HUP
while kill -0 "$supervisor" 2>/dev/null; do wait "$supervisor" || :; done
