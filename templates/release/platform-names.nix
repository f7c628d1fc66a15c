# What a Rust triple is called elsewhere, and how its programs begin.
#
# os, architecture, variant: in Go's words, as in container images; variant: null if there is none
# machine: e_machine of ELF files, Machine of PE files, or the processor of Mach-O files, in decimal; null: unknown
# bits: of an ELF file's class; suffix: of programs
triple:
let
  inherit (builtins) elem elemAt match;
  parts = match "([^-]+)-(.+)" triple;
  cpu = elemAt parts 0;
  rest = elemAt parts 1;
  is = pattern: match pattern rest != null;
  isCpu = pattern: match pattern cpu != null;
  os =
    if is ".*windows.*" then
      "windows"
    else if is "apple-darwin" then
      "darwin"
    else if is "(linux-)?android.*" then
      "android"
    else if is ".*linux.*" then
      "linux"
    else if is ".*(free|net|open)bsd.*" then
      "${elemAt (match ".*(free|net|open)bsd.*" rest) 0}bsd"
    else if is "wasi.*" then
      "wasip1"
    else
      rest;
  kinds = [
    {
      cpus = "x86_64";
      architecture = "amd64";
      bits = 64;
      elf = 62;
      pe = 34404;
      macho = 16777223;
    }
    {
      cpus = "i[3-6]86";
      architecture = "386";
      bits = 32;
      elf = 3;
      pe = 332;
    }
    {
      cpus = "aarch64|arm64ec";
      architecture = "arm64";
      variant = "v8";
      bits = 64;
      elf = 183;
      pe = 43620;
      macho = 16777228;
    }
    {
      cpus = "arm";
      architecture = "arm";
      variant = "v6";
      bits = 32;
      elf = 40;
    }
    {
      cpus = "armv4t|armv5te";
      architecture = "arm";
      variant = "v5";
      bits = 32;
      elf = 40;
    }
    {
      cpus = "armv7.*|thumbv7.*";
      architecture = "arm";
      variant = "v7";
      bits = 32;
      elf = 40;
      pe = 452;
    }
    {
      cpus = "riscv64.*";
      architecture = "riscv64";
      bits = 64;
      elf = 243;
    }
    {
      cpus = "powerpc64le";
      architecture = "ppc64le";
      bits = 64;
      elf = 21;
    }
    {
      cpus = "powerpc64";
      architecture = "ppc64";
      bits = 64;
      elf = 21;
    }
    {
      cpus = "s390x";
      architecture = "s390x";
      bits = 64;
      elf = 22;
    }
    {
      cpus = "loongarch64";
      architecture = "loong64";
      bits = 64;
      elf = 258;
    }
    {
      cpus = "wasm32.*";
      architecture = "wasm";
      bits = 32;
    }
  ];
  found = builtins.filter (kind: isCpu kind.cpus) kinds;
  kind = if found == [ ] then { } else builtins.head found;
  format =
    if os == "windows" then
      "pe"
    else if os == "darwin" then
      "macho"
    else if os == "wasip1" then
      "wasm"
    else
      "elf";
in
{
  inherit os format;
  architecture = kind.architecture or cpu;
  variant = kind.variant or null;
  bits = kind.bits or null;
  machine = kind.${format} or null;
  suffix =
    if format == "pe" then
      ".exe"
    else if format == "wasm" then
      ".wasm"
    else
      "";
  # Images are for Linux, and Go has no word for Android's.
  hasImages = elem os [ "linux" ];
}
