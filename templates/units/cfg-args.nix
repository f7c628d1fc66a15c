# The arguments that give rustc and rustdoc a package's features (cargo's `features_args`, `check_cfg_args`).
facts:
let
  inherit (builtins) concatMap concatStringsSep;
  features = concatMap (feature: [
    "--cfg"
    "feature=\"${feature}\""
  ]) facts.features;
  # Only needed where warnings are shown.
  checkCfg = [
    "--check-cfg"
    "cfg(docsrs,test)"
    "--check-cfg"
    "cfg(feature, values(${
      concatStringsSep ", " (map (feature: "\"${feature}\"") facts.declaredFeatures)
    }))"
  ];
in
features ++ (if facts ? path then checkCfg else [ ])
