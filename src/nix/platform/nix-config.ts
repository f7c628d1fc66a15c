/**
 * Platform names as nixpkgs reads them: a `config` (`x86_64-w64-mingw32`) or a system (`aarch64-linux`).
 *
 * In: such a name. Out: its four parts, with omitted ones filled in, so that all spellings of a platform have
 * the same parts.
 * Follows `lib/systems/parse.nix` of nixpkgs (June 2026); a test checks this against it.
 */

export interface NixConfig {
  readonly cpu: string
  readonly vendor: string
  readonly kernel: string
  /** `unknown` if the kernel has only one. */
  readonly abi: string
}

/** The parts as written; undefined if omitted. */
interface Words {
  readonly cpu: string
  readonly vendor?: string | undefined
  readonly kernel: string
  readonly abi?: string | undefined
}

const SAME_KERNEL: Readonly<Record<string, string>> = {
  macos: 'darwin',
  win32: 'windows',
  mingw32: 'windows',
}

/** Last words by which nixpkgs distinguishes cpu-vendor-kernel from cpu-kernel-abi. */
const IS_KERNEL = /^(?:redox|mmixware|ghcjs|mingw32|uefi|cygwin|freebsd.*|netbsd.*|openbsd.*|genode.*)$/
const IS_ABI = /^(?:eabi|eabihf|elf|gnu)$/

/** Parses a name; undefined if nixpkgs could not parse it. */
export function parseNixConfig(name: string): NixConfig | undefined {
  const words = wordsOf(name.split('-'))
  if (words === undefined) return undefined
  const cpu = words.cpu === 'arm64' ? 'aarch64' : words.cpu
  const kernel = kernelOf(words.kernel)
  return { cpu, vendor: vendorOf(words.vendor, kernel), kernel, abi: abiOf(words.abi, cpu, kernel) }
}

/**
 * A text that is equal for all platforms that nixpkgs distinguishes but Rust does not, and for all their
 * spellings.
 */
export function nixConfigKey({ cpu, vendor, kernel, abi }: NixConfig): string {
  // Of WASI's names, nixpkgs looks at the cpu alone.
  if (kernel === 'wasi') return `${cpu}-wasi`
  return `${cpu === 'armv7a' ? 'armv7l' : cpu}-${vendor}-${kernel}-${abi.replace(/^gnuabielfv[12]$/, 'gnu')}`
}

function wordsOf(words: readonly string[]): Words | undefined {
  const [cpu = '', second = '', third = '', fourth] = words
  switch (words.length) {
    case 1:
      return cpu === 'avr' ? { cpu, kernel: 'none' } : undefined
    case 2:
      if (second === 'windows') return { cpu, kernel: 'windows', abi: 'msvc' }
      return second === 'elf' ? { cpu, kernel: 'none', abi: 'elf' } : { cpu, kernel: second }
    case 3:
      if (second === 'linux' || IS_ABI.test(third)) return { cpu, kernel: second, abi: third }
      return second === 'apple' || IS_KERNEL.test(third) || cpu.startsWith('wasm32')
        ? { cpu, vendor: second, kernel: third }
        : undefined
    case 4:
      return { cpu, vendor: second, kernel: third, abi: fourth }
    default:
      return undefined
  }
}

function kernelOf(written: string): string {
  const versioned = /^(darwin|freebsd|netbsd|openbsd)/.exec(written)?.[1]
  if (versioned !== undefined) return versioned
  const kernel = written.replace(/e?abi.*$/, '')
  return SAME_KERNEL[kernel] ?? kernel
}

function vendorOf(written: string | undefined, kernel: string): string {
  if (written === 'w64') return 'pc'
  if (written !== undefined) return written
  if (kernel === 'darwin' || kernel === 'ios') return 'apple'
  return kernel === 'windows' || kernel === 'cygwin' ? 'pc' : 'unknown'
}

function abiOf(written: string | undefined, cpu: string, kernel: string): string {
  if (written !== undefined) return written
  if (kernel !== 'linux' && kernel !== 'windows') return 'unknown'
  if (cpu === 'powerpc64') return 'gnuabielfv1'
  if (!cpu.startsWith('arm')) return 'gnu'
  return cpu === 'arm' || cpu === 'armv5tel' ? 'gnueabi' : 'gnueabihf'
}
