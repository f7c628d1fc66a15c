# Writes a layer, the configuration and the manifest of an image as an OCI layout, and packs it.
# shellcheck shell=bash disable=SC2154
# shellcheck source=place-files.sh
source "$placeFiles"
pack() { # DIRECTORY OUTPUT-OF-TAR
  tar --create --file="$2" --directory="$1" --format=gnu --sort=name --mtime=@315532800 --owner=0 --group=0 --numeric-owner .
}
blobs=layout/blobs/sha256
mkdir -p root/{bin,etc,tmp} $blobs "$out"

for index in "${!files[@]}"; do
  cp --reflink=auto "${packages[index]}/bin/${files[index]}" root/bin/
done
echo 'root:x:0:0:root:/root:/sbin/nologin' >root/etc/passwd
echo 'root:x:0:' >root/etc/group
if [[ $uid != 0 ]]; then echo "$user:x:$uid:$gid:$user:/:/sbin/nologin" >>root/etc/passwd; fi
if [[ $gid != 0 ]]; then echo "$user:x:$gid:" >>root/etc/group; fi
if [[ -n $certificates ]]; then
  mkdir -p root/etc/ssl/certs
  for bundle in ca-bundle.crt ca-certificates.crt; do
    if [[ -e $certificates/$bundle ]]; then cp -L "$certificates/$bundle" root/etc/ssl/certs/ca-certificates.crt; fi
  done
fi
if [[ -n $timeZones ]]; then
  mkdir -p root/usr/share
  cp -R "$timeZones" root/usr/share/zoneinfo
fi
placeFiles root
chmod -R u+w,go-w,a+rX root
chmod 1777 root/tmp

# Moves a file to its place among the blobs; leaves its digest and size.
addBlob() { # FILE
  local hash
  hash=$(sha256sum "$1" | cut -d' ' -f1)
  size=$(stat --format=%s "$1")
  digest=sha256:$hash
  mv "$1" "$blobs/$hash"
}
pack root layer.tar
layerId=sha256:$(sha256sum layer.tar | cut -d' ' -f1)
gzip --no-name --best layer.tar
addBlob layer.tar.gz
layer=$digest
layers="[{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar+gzip\",\"digest\":\"$digest\",\"size\":$size}]"
# `platform` is an object, whose members are the first of the configuration.
printf '%s,"config":%s,"rootfs":{"type":"layers","diff_ids":["%s"]},"history":[{"created_by":"cargo2nix-ts"}]}' \
  "${platform%\}}" "$config" "$layerId" >config.json
addBlob config.json
configBlob=blobs/sha256/${digest#sha256:}
printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"%s","size":%d},"layers":%s}' \
  "$digest" "$size" "$layers" >manifest.json
addBlob manifest.json
printf %s "$digest" >"$out/digest"
printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"%s","size":%d,"platform":%s,"annotations":{"org.opencontainers.image.ref.name":"%s"}}]}' \
  "$digest" "$size" "$platform" "$tag" >layout/index.json
printf '{"imageLayoutVersion":"1.0.0"}' >layout/oci-layout
printf '[{"Config":"%s","RepoTags":["%s:%s"],"Layers":["blobs/sha256/%s"]}]' \
  "$configBlob" "$repository" "$tag" "${layer#sha256:}" >layout/manifest.json
pack layout "$out/$name.tar"
