# Asks rustc for the cfgs of a platform.
# shellcheck shell=bash disable=SC2154

# Cargo names all crate types when it asks. With a proc macro among them `crt-static` is never there by default, and
# cargo takes `proc_macro` out.
"$rustc" "${arguments[@]}" --crate-type bin --crate-type proc-macro --print cfg - </dev/null |
  sed '/^proc_macro$/d' >"$out"
