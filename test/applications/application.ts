/** Published applications and the commands run with them, for our build and for cargo's. */
import { chmod, mkdir, rm } from 'node:fs/promises'
import { run, type Finished, type RunOptions } from '../program.ts'

export interface Application {
  readonly name: string
  readonly version: string
  /** Its directory, if it is ours and not published. */
  readonly folder?: string
  /** The file in `bin/`, or the library in `lib/`. */
  readonly program: string
  /** The profile it is built with: `dev` where optimizing would take a quarter of an hour. */
  readonly profile: 'dev' | 'release'
  /** What its build script wants to be told, by `crateOverrides` or in cargo's environment. */
  readonly buildEnvironment?: Readonly<Record<string, string>>
  /** Real tasks in an empty directory; all that the program says is compared. */
  readonly task: (program: string, folder: string) => Promise<readonly Finished[]>
  /** What must be among the output, so that two programs that fail alike do not pass. */
  readonly says: RegExp
}

/** Where the program, or the library, lies in the output of Nix. */
export const installedAs = ({ program }: Application): string =>
  program.endsWith('.so') ? `lib/${program}` : `bin/${program}`

/** Runs a program several times in one directory. */
export async function each(
  program: string,
  options: RunOptions,
  calls: readonly (readonly string[])[],
): Promise<Finished[]> {
  const results: Finished[] = []
  // one after the other: later calls may read what earlier ones wrote
  for (const args of calls) results.push(await run(program, args, options))
  return results
}

/** The application's outputs, in a directory whose path is the same for every program that is compared. */
export async function perform(
  application: Application,
  program: string,
  folder: string,
): Promise<readonly Finished[]> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder)
  await chmod(folder, 0o755)
  return application.task(program, folder)
}

/** What a program said, with everything that is another at each run blanked by a function. */
export const withoutChance = (results: readonly Finished[], blank: (text: string) => string): Finished[] =>
  results.map(({ status, stdout, stderr }) => ({ status, stdout: blank(stdout), stderr: blank(stderr) }))

/** The lines in alphabetical order: for what threads print as they come. */
export const sortedLines = (text: string): string => text.split('\n').sort().join('\n')
