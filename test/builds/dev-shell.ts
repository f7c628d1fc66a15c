/** Runs commands in a workspace's development shell. */
import { run, type Finished } from '../program.ts'
import { generated, nixBuild, type PackageSet } from './package-set.ts'

export interface ShellOptions {
  /** Nix: arguments of Cargo.nix. */
  readonly more?: string
  /** Nix: a function from what Cargo.nix offers to the shell. */
  readonly shell?: string
  readonly env?: NodeJS.ProcessEnv
}

/** Runs a command of bash in the workspace, in `nix-shell`. */
export async function inShell(
  set: PackageSet,
  workspace: string,
  command: string,
  { more = '', shell = 'cargo: cargo.shell', env = {} }: ShellOptions = {},
): Promise<Finished> {
  // Else nix-shell looks for <nixpkgs>, and puts the directory of the machine's bash before all others.
  const [bash] = await nixBuild(set, `(${set.expression})`, ['bash'])
  const expression = `(${shell}) ${generated(workspace, set, more)}`
  return run('nix-shell', ['--expr', expression, '--run', command], {
    cwd: workspace,
    env: { ...set.env, NIX_BUILD_SHELL: `${bash}/bin/bash`, ...env },
  })
}

/** As `inShell`, for a command that must succeed: what it prints. */
export async function shellOutput(...args: Parameters<typeof inShell>): Promise<string> {
  const { status, stdout, stderr } = await inShell(...args)
  if (status !== 0) throw new Error(`${args[2]}: exit code ${status}\n${stdout}\n${stderr}`)
  return stdout
}
