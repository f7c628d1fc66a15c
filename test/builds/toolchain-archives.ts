/** The installed Rust toolchain, packed like an official distribution. */
import { spawnSync } from 'node:child_process'
import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { runOrFail } from '../program.ts'
import type { PublishedArchive } from '../dist-server.ts'

const rustc = (...args: readonly string[]): string =>
  spawnSync('rustc', args, { encoding: 'utf8' }).stdout?.trim() ?? ''

export interface MachineToolchain {
  readonly sysroot: string
  readonly host: string
  /** As in `rustc --version`. */
  readonly release: string
}

export function machineToolchain(): MachineToolchain {
  const verbose = rustc('-vV')
  const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(verbose)?.[1] ?? ''
  return { sysroot: rustc('--print', 'sysroot'), host: field('host'), release: field('release') }
}

/** Files and directories of a component, relative to the sysroot; undefined where the machine lacks them. */
export async function componentFiles(
  component: string,
  { sysroot, host }: MachineToolchain,
): Promise<string[]> {
  const libraries = (await readdir(join(sysroot, 'lib'))).filter((name) => /\.so\b/.test(name))
  const files: Readonly<Record<string, readonly string[]>> = {
    rustc: ['bin/rustc', 'bin/rustdoc', ...libraries.map((name) => `lib/${name}`), `lib/rustlib/${host}/bin`],
    'rust-std': [`lib/rustlib/${host}/lib`],
    cargo: ['bin/cargo'],
    'clippy-preview': ['bin/cargo-clippy', 'bin/clippy-driver'],
  }
  return [...(files[component] ?? [])]
}

/** An archive to be made. */
export interface ArchiveRequest {
  /** The server's directory. */
  readonly folder: string
  /** Without an ending: `dist/2026-01-02/rustc-1.95.0-x86_64-unknown-linux-gnu`. */
  readonly path: string
  /** Name of the directory inside. */
  readonly component: string
  /** Where the files lie. */
  readonly from: string
  readonly files: readonly string[]
}

/**
 * Packs it: `NAME/COMPONENT/FILES` with `manifest.in`, and beside that what the installer is made of. The same files
 * give the same archive. `xz` takes its time, so large ones are `gz`.
 */
export async function packArchive(request: ArchiveRequest, ending: 'gz' | 'xz'): Promise<PublishedArchive> {
  const { folder, path, component, from, files } = request
  const name = path.slice(path.lastIndexOf('/') + 1)
  const staging = join(folder, 'staging')
  const top = join(staging, name)
  await mkdir(join(top, component), { recursive: true })
  for (const file of files) {
    const place = join(top, component, file)
    await mkdir(dirname(place), { recursive: true })
    await symlink(join(from, file), place)
  }
  await writeFile(join(top, component, 'manifest.in'), files.map((file) => `file:${file}\n`).join(''))
  await writeFile(join(top, 'components'), `${component}\n`)
  await writeFile(join(top, 'rust-installer-version'), '3\n')
  await writeFile(join(top, 'install.sh'), '#!/bin/sh\n', { mode: 0o755 })
  const archive = `${path}.tar.${ending}`
  await mkdir(dirname(join(folder, archive)), { recursive: true })
  const program = ending === 'gz' ? 'gzip -1 --no-name' : 'xz -0'
  const flags = [
    '--create',
    '--dereference',
    '--sort=name',
    '--mtime=@0',
    '--owner=0',
    '--group=0',
    '--mode=u+w',
  ]
  await runOrFail('tar', [
    ...flags,
    `--use-compress-program=${program}`,
    `--file=${join(folder, archive)}`,
    `--directory=${staging}`,
    name,
  ])
  await rm(staging, { recursive: true })
  return { [ending]: archive }
}
