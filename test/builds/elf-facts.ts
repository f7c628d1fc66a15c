/** How a binary is to be loaded, according to readelf and objdump. */
import { runOrFail } from '../program.ts'

export interface ElfFacts {
  /** `EXEC` at a fixed address, `DYN` anywhere. */
  readonly type: string
  readonly machine: string
  readonly interpreter: string | undefined
  /** Shared libraries. */
  readonly needed: readonly string[]
}

export async function elfFacts(program: string): Promise<ElfFacts> {
  const { stdout } = await runOrFail('readelf', [
    '--file-header',
    '--program-headers',
    '--dynamic',
    '--wide',
    program,
  ])
  return {
    type: /^\s*Type:\s+(\w+)/m.exec(stdout)?.[1] ?? '',
    machine: /^\s*Machine:\s+(.+?)\s*$/m.exec(stdout)?.[1] ?? '',
    interpreter: /\[Requesting program interpreter: (.+)\]/.exec(stdout)?.[1],
    needed: [...stdout.matchAll(/\(NEEDED\)\s+Shared library: \[(.+)\]/g)].map(([, name]) => name!),
  }
}

/** The libraries that a Windows program is linked with, in lower case. */
export async function dllNames(program: string): Promise<readonly string[]> {
  const { stdout } = await runOrFail('x86_64-w64-mingw32-objdump', ['--private-headers', program])
  return [...stdout.matchAll(/DLL Name: (\S+)/g)].map(([, name]) => name!.toLowerCase())
}
