# Joins OCI layouts of one image each.
# shellcheck shell=bash disable=SC2154
blobs=layout/blobs/sha256
mkdir -p $blobs "$out"
members=()
for image in "${images[@]}"; do
  mkdir one
  tar --extract --file="$(echo "$image"/*.tar)" --directory=one
  cp one/blobs/sha256/* $blobs/
  # The single element of `manifests`, without the tag.
  member=$(<one/index.json)
  member=${member#*'"manifests":['}
  members+=("${member%%,\"annotations\"*}}")
  rm -rf one
done
joined=$(IFS=,; echo "${members[*]}")
printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[%s]}' "$joined" >index
hash=$(sha256sum index | cut -d' ' -f1)
size=$(stat --format=%s index)
mv index "$blobs/$hash"
printf 'sha256:%s' "$hash" >"$out/digest"
printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":"application/vnd.oci.image.index.v1+json","digest":"sha256:%s","size":%d,"annotations":{"org.opencontainers.image.ref.name":"%s"}}]}' \
  "$hash" "$size" "$tag" >layout/index.json
printf '{"imageLayoutVersion":"1.0.0"}' >layout/oci-layout
tar --create --file="$out/$name.tar" --directory=layout --format=gnu --sort=name --mtime=@315532800 --owner=0 --group=0 --numeric-owner .
