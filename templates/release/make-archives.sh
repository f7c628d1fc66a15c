# Packs archives that have the same bytes wherever they are made.
# shellcheck shell=bash disable=SC2154
# shellcheck source=place-files.sh
source "$placeFiles"
mkdir "$name" "$out"
for package in "${packages[@]}"; do
  cp -R --no-preserve=ownership "$package/." "$name"
  chmod -R u+w "$name"
done
rm -rf "$name/nix-support"
placeFiles "$name"
chmod -R u+w,a+rX "$name"
# The oldest time that a zip file can hold.
find "$name" -exec touch --no-dereference --date=@315532800 {} +

for format in "${formats[@]}"; do
  archive=$out/$name.$format
  pack=(tar --create --format=gnu --sort=name --mtime=@315532800 --owner=0 --group=0 --numeric-owner --mode=u+w,go-w "$name")
  case $format in
    tar.gz) "${pack[@]}" | gzip --no-name --best >"$archive" ;;
    tar.zst) "${pack[@]}" | zstd -19 --quiet --threads=1 -o "$archive" ;;
    zip) find "$name" | LC_ALL=C sort | TZ=UTC zip -q -X -y -@ "$archive" ;;
  esac
done
