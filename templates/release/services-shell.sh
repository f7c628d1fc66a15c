# Writes `run` and a directory for each service, as runit has them.
# shellcheck shell=bash disable=SC2154
mkdir -p "$out/bin" "$out/services"
for index in "${!members[@]}"; do
  directory=$out/services/${members[index]}
  mkdir "$directory"
  printf '#!%s\nexec 2>&1\nexec %s\n' "$shell" "${commands[index]}" >"$directory/run"
  chmod +x "$directory/run"
done
{
  printf '#!%s\n' "$shell"
  printf 'PATH=%s:$PATH\nservices=%s\n' "$path" "$out/services"
  cat "$start"
} >"$out/bin/run"
chmod +x "$out/bin/run"
