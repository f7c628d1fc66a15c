# One OCI layout, packed, with the images of several targets and an index by which each machine finds its own.
#
# images: of make-image.nix
{
  buildShell,
  name,
  tag,
  images,
}:
buildShell {
  inherit name tag;
  script = ./join-images.sh;
  isStandard = true;
  images = map (image: "${image}") images;
}
