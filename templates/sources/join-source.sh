# Puts a package's directory and what it reads outside of it into one tree.
# shellcheck shell=bash disable=SC2154

place() {
  mkdir -p "$(dirname "$out/$2")"
  cp --recursive --no-target-directory "$1" "$out/$2"
  chmod --recursive u+w "$out/$2"
}
place "$package" "$location"
for link in "${links[@]}"; do
  target=$(readlink "$out/$link")
  if [[ $target == /* && $target != /dev/null ]]; then
    echo "cargo2nix-ts: ${link#"$location"/} is a link to $target, which other machines do not have." >&2
    echo "Make it relative, or let .gitignore name it." >&2
    exit 1
  fi
done
# What they lead to is put in their place; left there, they would lead out of this tree.
for link in "${links[@]}"; do rm "$out/$link"; done
for piece in "${!pieces[@]}"; do place "${pieces[$piece]}" "$piece"; done
