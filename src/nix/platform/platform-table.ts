/**
 * Data of `platform.ts`: how nixpkgs names rustc's targets.
 *
 * A row is Nix's `config`, then names of sets under `pkgsCross`. `=` means that the config is the triple
 * itself. Any of the names works, and the first one that a nixpkgs has is used; so names that newer releases
 * removed come last. `~name` works but does not identify the target, since several share it.
 *
 * Checked against nixpkgs' `lib.systems` of June 2026, see `test/oracle/platform.test.ts`. Facts that rustc
 * knows (tier, std, static linking) are in `src/cargo/platform/target-cfgs.json`.
 */

/** nixpkgs derives this exact triple from the config. */
export const INFERRED: Readonly<Record<string, string>> = {
  // nixpkgs prints `arm64-apple-…` since 2026 and reads both; before, it knew only `aarch64`.
  'aarch64-apple-darwin': '= aarch64-darwin',
  'aarch64-apple-ios': '= iphone64',
  'aarch64-pc-windows-msvc': '= aarch64-windows',
  'aarch64-unknown-freebsd': '= aarch64-freebsd',
  'aarch64-unknown-linux-gnu': '= aarch64-multiplatform bluefield2',
  'aarch64-unknown-linux-musl': '= aarch64-multiplatform-musl',
  'aarch64-unknown-netbsd': '=',
  'aarch64-unknown-openbsd': '=',
  'aarch64-unknown-redox': '=',
  'aarch64-unknown-uefi': '= aarch64-unknown-uefi',
  'aarch64_be-unknown-linux-gnu': '=',
  'aarch64_be-unknown-linux-musl': '=',
  'aarch64_be-unknown-netbsd': '=',
  // Rust's plain `arm` is ARMv6, Nix's plain `arm` is older.
  'arm-unknown-linux-gnueabi': 'armv6l-unknown-linux-gnueabi',
  'arm-unknown-linux-gnueabihf': 'armv6l-unknown-linux-gnueabihf raspberryPi',
  'arm-unknown-linux-musleabi': 'armv6l-unknown-linux-musleabi',
  'arm-unknown-linux-musleabihf': 'armv6l-unknown-linux-musleabihf muslpi',
  'armv5te-unknown-linux-gnueabi':
    'armv5tel-unknown-linux-gnueabi armv5tel-multiplatform sheevaplug pogoplug4',
  'armv5te-unknown-linux-musleabi': 'armv5tel-unknown-linux-musleabi',
  'armv5te-unknown-linux-uclibceabi': 'armv5tel-unknown-linux-uclibceabi',
  'armv7-unknown-freebsd': 'armv7l-unknown-freebsd',
  'armv7-unknown-linux-gnueabi': 'armv7l-unknown-linux-gnueabi',
  'armv7-unknown-linux-gnueabihf':
    'armv7l-unknown-linux-gnueabihf armv7l-hf-multiplatform remarkable1 remarkable2',
  'armv7-unknown-linux-musleabi': 'armv7l-unknown-linux-musleabi',
  'armv7-unknown-linux-musleabihf': 'armv7l-unknown-linux-musleabihf',
  'armv7-unknown-linux-uclibceabi': 'armv7l-unknown-linux-uclibceabi',
  'armv7-unknown-linux-uclibceabihf': 'armv7l-unknown-linux-uclibceabihf',
  'armv7-unknown-netbsd-eabihf': 'armv7l-unknown-netbsd-eabihf',
  'i386-apple-ios': '=',
  'i586-unknown-linux-gnu': '=',
  'i586-unknown-linux-musl': '=',
  'i586-unknown-netbsd': '=',
  'i586-unknown-redox': '=',
  'i686-apple-darwin': '=',
  // Both names of the set exist until nixpkgs 26.11; the older one exists in every older nixpkgs, too.
  'i686-pc-windows-gnu': 'i686-w64-mingw32 mingw32 mingw-msvcrt-i686',
  'i686-pc-windows-msvc': '=',
  'i686-unknown-freebsd': '=',
  'i686-unknown-linux-gnu': '= gnu32',
  'i686-unknown-linux-musl': '= musl32',
  'i686-unknown-netbsd': '=',
  'i686-unknown-openbsd': '=',
  'i686-unknown-uefi': '=',
  'loongarch64-unknown-linux-gnu': '= loongarch64-linux loongarch64-linux-embedded',
  'loongarch64-unknown-linux-musl': '=',
  'm68k-unknown-linux-gnu': '= m68k',
  'm68k-unknown-none-elf': '=',
  'mips-unknown-linux-gnu': '= mips-linux-gnu',
  'mips-unknown-linux-musl': '=',
  'mips-unknown-linux-uclibc': '=',
  'mips64-unknown-linux-gnuabi64': '= mips64-linux-gnuabi64',
  'mips64-unknown-linux-muslabi64': '=',
  'mips64el-unknown-linux-gnuabi64': '= mips64el-linux-gnuabi64',
  'mips64el-unknown-linux-muslabi64': '=',
  'mipsel-unknown-linux-gnu': '= mipsel-linux-gnu fuloongminipc',
  'mipsel-unknown-linux-musl': '=',
  'mipsel-unknown-linux-uclibc': '= ben-nanonote',
  'mipsel-unknown-netbsd': '=',
  'powerpc-unknown-freebsd': '=',
  'powerpc-unknown-linux-gnu': '= ppc32',
  'powerpc-unknown-linux-musl': '=',
  'powerpc-unknown-netbsd': '=',
  'powerpc-unknown-openbsd': '=',
  'powerpc64-unknown-freebsd': '=',
  // Rust's big-endian glibc target is ELFv1. nixpkgs derives the same triple from its ELFv2 set.
  'powerpc64-unknown-linux-gnu': 'powerpc64-unknown-linux-gnuabielfv1 ppc64-elfv1 ppc64-elfv2 ppc64',
  'powerpc64-unknown-linux-musl': '= ppc64-musl',
  'powerpc64-unknown-openbsd': '=',
  'powerpc64le-unknown-freebsd': '=',
  'powerpc64le-unknown-linux-gnu': '= powernv',
  'powerpc64le-unknown-linux-musl': '= musl-power',
  'riscv32gc-unknown-linux-gnu': 'riscv32-unknown-linux-gnu riscv32',
  'riscv32gc-unknown-linux-musl': 'riscv32-unknown-linux-musl',
  'riscv64gc-unknown-freebsd': 'riscv64-unknown-freebsd',
  'riscv64gc-unknown-linux-gnu': 'riscv64-unknown-linux-gnu riscv64',
  'riscv64gc-unknown-linux-musl': 'riscv64-unknown-linux-musl riscv64-musl',
  'riscv64gc-unknown-netbsd': 'riscv64-unknown-netbsd',
  'riscv64gc-unknown-none-elf': 'riscv64-none-elf riscv64-embedded',
  'riscv64gc-unknown-openbsd': 'riscv64-unknown-openbsd',
  'riscv64gc-unknown-redox': 'riscv64-unknown-redox',
  's390x-unknown-linux-gnu': '= s390x',
  's390x-unknown-linux-musl': '=',
  'sparc-unknown-linux-gnu': '=',
  'sparc-unknown-none-elf': '=',
  'sparc64-unknown-linux-gnu': '=',
  'sparc64-unknown-netbsd': '=',
  'sparc64-unknown-openbsd': '=',
  // Of WASI's versions, nixpkgs assumes the first.
  'wasm32-wasip1': 'wasm32-unknown-wasi wasi32',
  'x86_64-apple-darwin': '= x86_64-darwin',
  // Rust's only x86_64 iOS is the simulator.
  'x86_64-apple-ios': '= iphone64-simulator',
  'x86_64-pc-cygwin': '= x86_64-cygwin',
  // Three words would be ambiguous to nixpkgs here.
  'x86_64-pc-solaris': 'x86_64-pc-solaris-unknown',
  'x86_64-pc-windows-gnu': 'x86_64-w64-mingw32 mingwW64 mingw-msvcrt-x86_64 mingw-ucrt-x86_64 ucrt64',
  'x86_64-pc-windows-msvc': '= x86_64-windows',
  'x86_64-unknown-freebsd': '= x86_64-freebsd',
  'x86_64-unknown-linux-gnu': '= gnu64',
  'x86_64-unknown-linux-musl': '= musl64',
  'x86_64-unknown-netbsd': '= x86_64-netbsd x86_64-netbsd-llvm',
  'x86_64-unknown-openbsd': '= x86_64-openbsd',
  'x86_64-unknown-redox': '= x86_64-unknown-redox',
  'x86_64-unknown-uefi': '= x86_64-unknown-uefi',
}

/**
 * nixpkgs has the platform, but derives a different triple from its config, so `rust.rustcTarget` must give
 * ours.
 */
export const TOLD: Readonly<Record<string, string>> = {
  // Android: Rust omits the vendor, Nix includes it, and Debian's and Google's names differ again.
  'aarch64-linux-android': 'aarch64-unknown-linux-android aarch64-android-prebuilt aarch64-android',
  'arm-linux-androideabi': 'armv6l-unknown-linux-androideabi',
  'armv7-linux-androideabi': 'armv7a-unknown-linux-androideabi armv7a-android-prebuilt',
  'i686-linux-android': 'i686-unknown-linux-android',
  'riscv64-linux-android': 'riscv64-unknown-linux-android',
  'thumbv7neon-linux-androideabi': 'armv7a-unknown-linux-androideabi ~armv7a-android-prebuilt',
  'x86_64-linux-android': 'x86_64-unknown-linux-android',

  // The same platform with another C compiler (LLVM's), or for older Windows.
  'aarch64-pc-windows-gnullvm': 'aarch64-w64-mingw32 ucrtAarch64 mingw-ucrt-aarch64',
  'i686-pc-windows-gnullvm': 'i686-w64-mingw32',
  'i686-win7-windows-gnu': 'i686-w64-mingw32 ~mingw32',
  'i686-win7-windows-msvc': 'i686-pc-windows-msvc',
  'thumbv7a-pc-windows-msvc': 'armv7a-pc-windows-msvc',
  'x86_64-pc-windows-gnullvm': 'x86_64-w64-mingw32 mingw-ucrt-x86_64-llvm',
  'x86_64-win7-windows-gnu': 'x86_64-w64-mingw32 ~mingwW64',
  'x86_64-win7-windows-msvc': 'x86_64-pc-windows-msvc ~x86_64-windows',

  // The same platform for a processor that Nix does not distinguish.
  'armv4t-unknown-linux-gnueabi': 'arm-unknown-linux-gnueabi',
  'armv6-unknown-freebsd': 'armv6l-unknown-freebsd',
  'armv6-unknown-netbsd-eabihf': 'armv6l-unknown-netbsd-eabihf',
  'mips64-openwrt-linux-musl': 'mips64-unknown-linux-muslabi64',
  'riscv64a23-unknown-linux-gnu': 'riscv64-unknown-linux-gnu ~riscv64',
  'thumbv7neon-unknown-linux-gnueabihf': 'armv7l-unknown-linux-gnueabihf ~armv7l-hf-multiplatform',
  'thumbv7neon-unknown-linux-musleabihf': 'armv7l-unknown-linux-musleabihf',
  'x86_64-unknown-linux-gnuasan': 'x86_64-unknown-linux-gnu ~gnu64',
  'x86_64h-apple-darwin': 'x86_64-apple-darwin ~x86_64-darwin',

  // WebAssembly: Nix writes `none` where Rust writes `unknown`.
  'wasm32-unknown-unknown': 'wasm32-unknown-none wasm32-unknown-none',
  'wasm32-wasip1-threads': 'wasm32-unknown-wasi ~wasi32',
  'wasm32-wasip2': 'wasm32-unknown-wasi ~wasi32',
  'wasm32-wasip3': 'wasm32-unknown-wasi ~wasi32',
  'wasm32v1-none': 'wasm32-unknown-none ~wasm32-unknown-none',
  'wasm64-unknown-unknown': 'wasm64-none',

  // Bare metal: Nix has one name per instruction set, Rust one for each of its profiles.
  'aarch64-unknown-none': 'aarch64-none-elf aarch64-embedded',
  'aarch64-unknown-none-softfloat': 'aarch64-none-elf ~aarch64-embedded',
  'aarch64_be-unknown-none-softfloat': 'aarch64_be-none-elf aarch64be-embedded',
  'aarch64v8r-unknown-none': 'aarch64-none-elf ~aarch64-embedded',
  'aarch64v8r-unknown-none-softfloat': 'aarch64-none-elf ~aarch64-embedded',
  'armv4t-none-eabi': 'arm-none-eabi ~arm-embedded',
  'armv5te-none-eabi': 'arm-none-eabi ~arm-embedded',
  'armv6-none-eabi': 'arm-none-eabi ~arm-embedded',
  'armv6-none-eabihf': 'arm-none-eabihf ~armhf-embedded',
  'armv7a-none-eabi': 'arm-none-eabi ~arm-embedded',
  'armv7a-none-eabihf': 'arm-none-eabihf ~armhf-embedded',
  'armv7r-none-eabi': 'arm-none-eabi ~arm-embedded',
  'armv7r-none-eabihf': 'arm-none-eabihf ~armhf-embedded',
  'armv8r-none-eabihf': 'arm-none-eabihf ~armhf-embedded',
  'avr-none': 'avr avr',
  'loongarch64-unknown-none': 'loongarch64-none-elf',
  'loongarch64-unknown-none-softfloat': 'loongarch64-none-elf',
  'mips-mti-none-elf': 'mips-none-elf mips-embedded',
  'mipsel-mti-none-elf': 'mipsel-none-elf',
  'mipsel-unknown-none': 'mipsel-none-elf',
  'msp430-none-elf': 'msp430-elf msp430',
  'riscv32e-unknown-none-elf': 'riscv32-none-elf ~riscv32-embedded',
  'riscv32em-unknown-none-elf': 'riscv32-none-elf ~riscv32-embedded',
  'riscv32emc-unknown-none-elf': 'riscv32-none-elf ~riscv32-embedded',
  'riscv32i-unknown-none-elf': 'riscv32-none-elf ~riscv32-embedded',
  'riscv32im-unknown-none-elf': 'riscv32-none-elf ~riscv32-embedded',
  'riscv32ima-unknown-none-elf': 'riscv32-none-elf ~riscv32-embedded',
  'riscv32imac-unknown-none-elf': 'riscv32-none-elf ~riscv32-embedded',
  'riscv32imafc-unknown-none-elf': 'riscv32-none-elf ~riscv32-embedded',
  'riscv32imc-unknown-none-elf': 'riscv32-none-elf ~riscv32-embedded',
  'riscv64im-unknown-none-elf': 'riscv64-none-elf ~riscv64-embedded',
  'riscv64imac-unknown-none-elf': 'riscv64-none-elf ~riscv64-embedded',
  's390x-unknown-none-softfloat': 's390x-none-elf',
  'thumbv4t-none-eabi': 'arm-none-eabi ~arm-embedded',
  'thumbv5te-none-eabi': 'arm-none-eabi ~arm-embedded',
  'thumbv6-none-eabi': 'arm-none-eabi ~arm-embedded',
  'thumbv6m-none-eabi': 'arm-none-eabi ~arm-embedded',
  'thumbv7a-none-eabi': 'arm-none-eabi ~arm-embedded',
  'thumbv7a-none-eabihf': 'arm-none-eabihf ~armhf-embedded',
  'thumbv7em-none-eabi': 'arm-none-eabi ~arm-embedded',
  'thumbv7em-none-eabihf': 'arm-none-eabihf ~armhf-embedded',
  'thumbv7m-none-eabi': 'arm-none-eabi ~arm-embedded',
  'thumbv7r-none-eabi': 'arm-none-eabi ~arm-embedded',
  'thumbv7r-none-eabihf': 'arm-none-eabihf ~armhf-embedded',
  'thumbv8m.base-none-eabi': 'arm-none-eabi ~arm-embedded',
  'thumbv8m.main-none-eabi': 'arm-none-eabi ~arm-embedded',
  'thumbv8m.main-none-eabihf': 'arm-none-eabihf ~armhf-embedded',
  'thumbv8r-none-eabihf': 'arm-none-eabihf ~armhf-embedded',
  'x86_64-unknown-none': 'x86_64-elf x86_64-embedded',
}

/**
 * What nixpkgs lacks (a `cpu`, `vendor`, `kernel` or `abi` of this name), mapped to the targets that need it.
 */
export const MISSING: Readonly<Record<string, string>> = {
  'abi gnu_ilp32': 'aarch64-unknown-linux-gnu_ilp32 aarch64_be-unknown-linux-gnu_ilp32',
  'abi gnuspe': 'powerpc-unknown-linux-gnuspe',
  'abi gnux32': 'x86_64-unknown-linux-gnux32',
  'abi macabi': 'aarch64-apple-ios-macabi x86_64-apple-ios-macabi',
  'abi muslspe': 'powerpc-unknown-linux-muslspe',
  'abi none': 'x86_64-unknown-linux-none',
  'abi ohos':
    'aarch64-unknown-linux-ohos armv7-unknown-linux-ohos loongarch64-unknown-linux-ohos x86_64-unknown-linux-ohos',
  'abi sim': 'aarch64-apple-ios-sim',
  'cpu amdgcn': 'amdgcn-amd-amdhsa',
  'cpu arm64_32': 'arm64_32-apple-watchos',
  'cpu arm64e': 'arm64e-apple-darwin arm64e-apple-ios arm64e-apple-tvos',
  'cpu arm64ec': 'arm64ec-pc-windows-msvc',
  'cpu armeb': 'armeb-unknown-linux-gnueabi',
  'cpu armebv7r': 'armebv7r-none-eabi armebv7r-none-eabihf',
  'cpu armv7k': 'armv7k-apple-watchos',
  'cpu armv7s': 'armv7s-apple-ios',
  'cpu bpfeb': 'bpfeb-unknown-none',
  'cpu bpfel': 'bpfel-unknown-none',
  'cpu csky': 'csky-unknown-linux-gnuabiv2 csky-unknown-linux-gnuabiv2hf',
  'cpu hexagon': 'hexagon-unknown-linux-musl hexagon-unknown-none-elf hexagon-unknown-qurt',
  'cpu loongarch32': 'loongarch32-unknown-none loongarch32-unknown-none-softfloat',
  'cpu mipsisa32r6': 'mipsisa32r6-unknown-linux-gnu',
  'cpu mipsisa32r6el': 'mipsisa32r6el-unknown-linux-gnu',
  'cpu mipsisa64r6': 'mipsisa64r6-unknown-linux-gnuabi64',
  'cpu mipsisa64r6el': 'mipsisa64r6el-unknown-linux-gnuabi64',
  'cpu nvptx64': 'nvptx64-nvidia-cuda',
  'cpu xtensa':
    'xtensa-esp32-espidf xtensa-esp32-none-elf xtensa-esp32s2-espidf xtensa-esp32s2-none-elf xtensa-esp32s3-espidf ' +
    'xtensa-esp32s3-none-elf',
  'kernel aix': 'powerpc64-ibm-aix',
  'kernel dragonfly': 'x86_64-unknown-dragonfly',
  'kernel emscripten': 'wasm32-unknown-emscripten',
  'kernel espidf': 'riscv32imac-esp-espidf riscv32imafc-esp-espidf riscv32imc-esp-espidf',
  'kernel fuchsia': 'aarch64-unknown-fuchsia riscv64gc-unknown-fuchsia x86_64-unknown-fuchsia',
  'kernel haiku': 'i686-unknown-haiku x86_64-unknown-haiku',
  'kernel helenos':
    'aarch64-unknown-helenos i686-unknown-helenos powerpc-unknown-helenos sparc64-unknown-helenos x86_64-unknown-helenos',
  'kernel hermit':
    'aarch64-unknown-hermit aarch64_be-unknown-hermit riscv64gc-unknown-hermit x86_64-unknown-hermit',
  'kernel horizon': 'aarch64-nintendo-switch-freestanding armv6k-nintendo-3ds',
  'kernel hurd': 'i686-unknown-hurd-gnu x86_64-unknown-hurd-gnu',
  'kernel illumos': 'aarch64-unknown-illumos x86_64-unknown-illumos',
  'kernel l4re': 'x86_64-unknown-l4re-uclibc',
  'kernel lynxos178': 'x86_64-lynx-lynxos178',
  'kernel managarm':
    'aarch64-unknown-managarm-mlibc riscv64gc-unknown-managarm-mlibc x86_64-unknown-managarm-mlibc',
  'kernel motor': 'x86_64-unknown-motor',
  'kernel nto':
    'aarch64-unknown-nto-qnx700 aarch64-unknown-nto-qnx710 aarch64-unknown-nto-qnx710_iosock aarch64-unknown-nto-qnx800 ' +
    'i686-pc-nto-qnx700 x86_64-pc-nto-qnx710 x86_64-pc-nto-qnx710_iosock x86_64-pc-nto-qnx800',
  'kernel nuttx':
    'aarch64-unknown-nuttx armv7a-nuttx-eabi armv7a-nuttx-eabihf riscv32imac-unknown-nuttx-elf riscv32imafc-unknown-nuttx-elf ' +
    'riscv32imc-unknown-nuttx-elf riscv64gc-unknown-nuttx-elf riscv64imac-unknown-nuttx-elf thumbv6m-nuttx-eabi ' +
    'thumbv7a-nuttx-eabi thumbv7a-nuttx-eabihf thumbv7em-nuttx-eabi thumbv7em-nuttx-eabihf thumbv7m-nuttx-eabi ' +
    'thumbv8m.base-nuttx-eabi thumbv8m.main-nuttx-eabi thumbv8m.main-nuttx-eabihf',
  'kernel psp': 'mipsel-sony-psp',
  'kernel psx': 'mipsel-sony-psx',
  'kernel rtems': 'armv7-rtems-eabihf',
  'kernel sgx': 'x86_64-fortanix-unknown-sgx',
  'kernel solid_asp3': 'aarch64-kmc-solid_asp3 armv7a-kmc-solid_asp3-eabi armv7a-kmc-solid_asp3-eabihf',
  'kernel teeos': 'aarch64-unknown-teeos',
  'kernel trusty': 'aarch64-unknown-trusty armv7-unknown-trusty x86_64-unknown-trusty',
  // nixpkgs reads these two but treats them as iOS.
  'kernel tvos': 'aarch64-apple-tvos aarch64-apple-tvos-sim x86_64-apple-tvos',
  'kernel watchos': 'aarch64-apple-watchos aarch64-apple-watchos-sim x86_64-apple-watchos-sim',
  'kernel vexos': 'armv7a-vex-v5',
  'kernel visionos': 'aarch64-apple-visionos aarch64-apple-visionos-sim',
  'kernel vita': 'armv7-sony-vita-newlibeabihf',
  'kernel vxworks':
    'aarch64-wrs-vxworks armv7-wrs-vxworks-eabihf i686-wrs-vxworks powerpc-wrs-vxworks powerpc-wrs-vxworks-spe ' +
    'powerpc64-wrs-vxworks riscv32-wrs-vxworks riscv64-wrs-vxworks x86_64-wrs-vxworks',
  'kernel xous': 'riscv32imac-unknown-xous-elf',
  'kernel zkvm': 'riscv32im-risc0-zkvm-elf',
  'vendor sun': 'sparcv9-sun-solaris',
  'vendor unikraft': 'x86_64-unikraft-linux-musl',
  'vendor uwp':
    'aarch64-uwp-windows-msvc i686-uwp-windows-gnu i686-uwp-windows-msvc thumbv7a-uwp-windows-msvc x86_64-uwp-windows-gnu ' +
    'x86_64-uwp-windows-msvc',
  'vendor wali': 'wasm32-wali-linux-musl',
}

/** No set under `pkgsCross` is the target, but programs from one that has a set run on it. */
export const RUNS: Readonly<Record<string, string>> = {
  'armv7-unknown-linux-gnueabi': 'armv5te-unknown-linux-gnueabi',
  'armv7-unknown-linux-musleabihf': 'arm-unknown-linux-musleabihf',
  'thumbv7neon-unknown-linux-musleabihf': 'arm-unknown-linux-musleabihf',
  'riscv64a23-unknown-linux-gnu': 'riscv64gc-unknown-linux-gnu',
}

/** Entries of `INFERRED` from whose config older nixpkgs (2024) derive a triple that Rust does not have. */
export const INFERRED_LATELY: ReadonlySet<string> = new Set([
  'powerpc64-unknown-linux-gnu',
  'riscv32gc-unknown-linux-gnu',
  'riscv32gc-unknown-linux-musl',
  'wasm32-wasip1',
])
