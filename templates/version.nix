# Of cargo2nix-ts, as in package.json. Generated files and the runtime are of one version.
"0.1.0"
