/** The triple of the machine that the program runs on, as `rustc -vV` would print it. */
import { Cargo2NixError } from '../../errors.ts'

const ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: 'x86_64',
  ia32: 'i686',
  arm64: 'aarch64',
  ppc64: 'powerpc64le',
  s390x: 's390x',
  riscv64: 'riscv64gc',
  loong64: 'loongarch64',
}

/**
 * Derives it from Node alone, so that no rustc is needed.
 *
 * @throws Cargo2NixError `not-supported` on a platform without Rust.
 */
export function hostTriple(): string {
  const arch = ARCHITECTURES[process.arch]
  if (arch !== undefined && process.platform === 'linux') {
    return `${arch}-unknown-linux-${usesMusl() ? 'musl' : 'gnu'}`
  }
  if (arch !== undefined && process.platform === 'darwin') return `${arch}-apple-darwin`
  if (arch !== undefined && process.platform === 'win32') return `${arch}-pc-windows-msvc`
  if (arch !== undefined && process.platform === 'freebsd') return `${arch}-unknown-freebsd`
  throw new Cargo2NixError({
    code: 'not-supported',
    message: `--host: cannot tell the Rust triple of ${process.platform} on ${process.arch}`,
    hint: 'name it with --host TRIPLE',
  })
}

function usesMusl(): boolean {
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } }
  return report.header?.glibcVersionRuntime === undefined
}
