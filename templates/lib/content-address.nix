# The attributes by which an output is named by what is in it, instead of by what it was made from: an experimental
# feature of Nix (ca-derivations), and so an option. What comes out the same again then rebuilds nothing above it.
contentAddressed:
if contentAddressed then
  {
    __contentAddressed = true;
    outputHashMode = "recursive";
    outputHashAlgo = "sha256";
  }
else
  { }
