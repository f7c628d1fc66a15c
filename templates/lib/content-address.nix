# Attributes that make an output content-addressed: its name depends on its content, not on its inputs. This needs an
# experimental Nix feature (ca-derivations), so it is optional. An unchanged output rebuilds nothing above it.
contentAddressed:
if contentAddressed then
  {
    __contentAddressed = true;
    outputHashMode = "recursive";
    outputHashAlgo = "sha256";
  }
else
  { }
