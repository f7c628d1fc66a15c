/**
 * From arguments to a command. The only file that prints and sets the exit code.
 *
 * Commands are loaded when they are called for, and return what is to be printed.
 */
import { Command, CommanderError, Option } from 'commander'
import { programVersion } from './version.ts'
import { Cargo2NixError } from './errors.ts'
import { NEWEST_CARGO } from './cargo/workspace/newer-rules.ts'
import type { CheckFlags } from './commands/check.ts'
import type { CommandOutcome } from './commands/outcome.ts'
import { progressReporter } from './io/progress.ts'
import { notWritten, refuseLostDirectory, systemError } from './io/system-error.ts'
import { oneLine, printable, shortened } from './printable.ts'
import type { CacheFlags } from './commands/cache.ts'
import type { GenerateFlags } from './commands/generated-files.ts'
import type { InitFlags } from './commands/init.ts'
import type { JobsFlags } from './commands/jobs.ts'
import type { OverridesFlags } from './commands/overrides.ts'
import type { Edit, TargetsFlags } from './commands/targets.ts'
import type { ReportFlags } from './commands/report.ts'
import type { TimingsFlags } from './commands/timings.ts'
import type { ToolchainFlags } from './commands/toolchain.ts'
import type { UnitGraphFlags } from './commands/unit-graph.ts'
import type { WhyFlags } from './commands/why.ts'

// A stream costs a millisecond, and most runs have nothing to say on this one.
const progress = progressReporter({ write: (text) => process.stderr.write(text) })

function collect(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value]
}

function several(flags: string, description: string): Option {
  return new Option(flags, description).argParser(collect)
}

/**
 * The V8 of Node 20 soon optimises what looks hot, which costs a run of half a second more than a third of its processor
 * time. Here it waits fifteen times as long: what really is hot, in large workspaces, still is optimised. Later versions
 * of V8 do not have this flag, and less need of it.
 */
function optimiseLate(): void {
  if (process.versions.node.startsWith('20.'))
    process.getBuiltinModule('node:v8').setFlagsFromString('--interrupt-budget=1000000')
}

async function run(command: () => Promise<CommandOutcome>): Promise<void> {
  optimiseLate()
  const { output, notes, exitCode } = await command()
  progress.stop()
  for (const note of notes) process.stderr.write(`${oneLine(note)}\n`)
  const text = printable(output)
  if (text !== '') process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
  process.exitCode = exitCode
}

/** One whose job needs the network. */
function onlineCommand(name: string, summary: string): Command {
  return new Command(name)
    .description(summary)
    .option(
      '--manifest-path <PATH>',
      'the Cargo.toml of the workspace or of a member (default: search upward)',
    )
    .option('--verbose', 'say what takes how long')
}

function workspaceCommand(name: string, summary: string): Command {
  return onlineCommand(name, summary).option('--offline', 'do not let cargo download what is missing')
}

function withTargets(command: Command): Command {
  return command.addOption(
    several('--target <TRIPLE>', 'a target instead of those in the metadata table; may be repeated'),
  )
}

function withFolder(command: Command): Command {
  return command.option('--out <DIR>', 'the folder of the Nix files (default: nix, beside Cargo.lock)')
}

function withMatrix(command: Command): Command {
  return withFolder(withTargets(command)).addOption(
    several('--host <TRIPLE>', 'a platform that builds, instead of those in the metadata table'),
  )
}

function filesCommand(name: string, summary: string): Command {
  return withMatrix(workspaceCommand(name, summary))
}

function generateCommand(): Command {
  return filesCommand('generate', 'Write the Nix files of the workspace.')
    .option('--force', 'write over files that cargo2nix-ts has not written')
    .action((flags: GenerateFlags & { force?: boolean }) =>
      run(async () => (await import('./commands/generate.ts')).generate(flags, progress.report)),
    )
}

function checkCommand(): Command {
  return filesCommand(
    'check',
    'Tell whether the Nix files are what `generate` would write: exit code 0 or 1.',
  )
    .option('--json', 'as JSON')
    .option(
      '--code-quality <FILE>',
      'write a report for GitLab (default in its jobs: gl-code-quality-report.json)',
    )
    .action((flags: CheckFlags) =>
      run(async () => (await import('./commands/check.ts')).check(flags, progress.report)),
    )
}

function targetsCommand(): Command {
  const list = filesCommand('targets', 'Show the target matrix, or change it: see `targets add --help`.')
    .option('--all', 'every target that rustc has, and what Nix calls it')
    .option('--json', 'as JSON')
    .action((flags: TargetsFlags) =>
      run(async () => (await import('./commands/targets.ts')).listTargets(flags, progress.report)),
    )
  const edit = (name: Edit, summary: string): Command =>
    withFolder(workspaceCommand(name, summary))
      .argument('<TARGET...>', 'Rust triples; names that Nix has for them are understood')
      .action((names: readonly string[], _flags: unknown, command: Command) =>
        run(async () =>
          (await import('./commands/targets.ts')).changeTargets(name, names, command.opts(), progress.report),
        ),
      )
  return list
    .enablePositionalOptions()
    .addCommand(edit('add', 'Add targets to the metadata table of the manifest, and generate.'))
    .addCommand(edit('remove', 'Take targets out of the metadata table of the manifest, and generate.'))
}

function overridesCommand(): Command {
  return filesCommand(
    'overrides',
    'Show the crates that have to do with native code, and whether something covers what they need.',
  )
    .option('--json', 'as JSON')
    .action((flags: OverridesFlags) =>
      run(async () => (await import('./commands/overrides.ts')).listOverrides(flags, progress.report)),
    )
}

function toolchainCommand(): Command {
  const show = filesCommand(
    'toolchain',
    'Show which Rust is taken, or pin one: see `toolchain update --help`.',
  )
    .option('--json', 'as JSON')
    .action((flags: ToolchainFlags) =>
      run(async () => (await import('./commands/toolchain.ts')).showToolchain(flags, progress.report)),
    )
  const update = withMatrix(
    onlineCommand(
      'update',
      "Pin the present build of a channel of Rust's distribution (RUSTUP_DIST_SERVER is heeded), and generate.",
    ),
  )
    .argument(
      '[CHANNEL]',
      'stable, beta, nightly, nightly-YYYY-MM-DD, 1.95 … (default: as rust-toolchain.toml says)',
    )
    .action((channel: string | undefined, _flags: unknown, command: Command) =>
      run(async () =>
        (await import('./commands/toolchain.ts')).updateToolchain(channel, command.opts(), progress.report),
      ),
    )
  return show.enablePositionalOptions().addCommand(update)
}

function unitGraphCommand(): Command {
  return withTargets(
    workspaceCommand('unit-graph', 'Print the units that cargo would compile, as `cargo --unit-graph` does.'),
  )
    .argument('[SUBCOMMAND]', 'build, test, check, bench or doc', 'build')
    .addOption(several('-p, --package <SPEC>', 'a package'))
    .option('--workspace', 'all members')
    .option('--all', 'alias of --workspace')
    .addOption(several('--exclude <SPEC>', 'not this member'))
    .option('--lib', 'the library')
    .option('--bins', 'all programs')
    .addOption(several('--bin <NAME>', 'a program'))
    .option('--examples', 'all examples')
    .addOption(several('--example <NAME>', 'an example'))
    .option('--tests', 'all targets that are tested')
    .addOption(several('--test <NAME>', 'a test'))
    .option('--benches', 'all targets that are benchmarked')
    .addOption(several('--bench <NAME>', 'a benchmark'))
    .option('--all-targets', 'all targets')
    .option('--doc', 'test: only documentation tests')
    .option('--no-deps', 'doc: not the dependencies')
    .addOption(several('-F, --features <FEATURES>', 'features, separated by commas or blanks'))
    .option('--all-features', 'all features')
    .option('--no-default-features', 'without the feature `default`')
    .option('-r, --release', 'profile `release`')
    .option('--profile <NAME>', 'a profile')
    .option('--host <TRIPLE>', 'the machine that compiles (default: this one)')
    .action((subcommand: string, flags: UnitGraphFlags) =>
      run(async () =>
        (await import('./commands/unit-graph.ts')).printUnits(subcommand, flags, progress.report),
      ),
    )
}

function whyCommand(): Command {
  return withTargets(
    workspaceCommand('why', 'Tell which units are built again since a revision, and because of what.'),
  )
    .argument(
      '[UNIT]',
      'a package, PACKAGE:KIND or PACKAGE:KIND:TARGET (default: everything that has changed)',
    )
    .option('--since <REV>', 'a revision in git (default: HEAD, so what is not committed)')
    .option('--host <TRIPLE>', 'the machine that builds (default: this one)')
    .option('--profile <NAME>', 'of builds that name none (default: release)')
    .option('--out <DIR>', 'the generated folder (default: nix, beside Cargo.lock)')
    .option('--json', 'as JSON')
    .action((unit: string | undefined, flags: WhyFlags) =>
      run(async () => (await import('./commands/why.ts')).why(unit, flags, progress.report)),
    )
}

function initCommand(): Command {
  return filesCommand(
    'init',
    'Add a flake to the workspace, or the file of a CI, and generate. Writes only what is absent.',
  )
    .option('--ci <CI>', 'also write the file of a CI: github, gitlab, forgejo or woodpecker')
    .option('--no-flake', 'write default.nix instead of flake.nix')
    .option('--dry-run', 'print what would be written')
    .action((flags: InitFlags) =>
      run(async () => (await import('./commands/init.ts')).initProject(flags, progress.report)),
    )
}

function reportCommand(): Command {
  return filesCommand(
    'report',
    'Write an HTML page about targets, members, duplicates, native code and licences.',
  )
    .option('--file <FILE>', 'the page (default: cargo2nix-report.html)')
    .option('--json', 'print what the page says as JSON')
    .action((flags: ReportFlags) =>
      run(async () => (await import('./commands/report.ts')).writeWorkspaceReport(flags, progress.report)),
    )
}

function timingsCommand(): Command {
  return new Command('timings')
    .description('Show how long the units of a build took, and what would shorten it.')
    .usage('[options] [-- nix-build ...]')
    .argument('[COMMAND...]', 'of Nix (default: read a log from standard input)')
    .option('--file <FILE>', 'the page (default: cargo2nix-timings.html)')
    .action((command: readonly string[], flags: TimingsFlags) =>
      run(async () => (await import('./commands/timings.ts')).timings(command, flags, progress.report)),
    )
}

function jobsCommand(): Command {
  return filesCommand('jobs', 'Print the targets as jobs of a CI: what is built, and on which machine.')
    .option('--attr <ATTR>', 'attribute of each target to build (default: packages)')
    .option('--github', 'as the value of `strategy.matrix`, for `fromJSON`')
    .option('--gitlab', 'as a child pipeline')
    .option('--image <IMAGE>', "container image of GitLab's jobs (default: nixos/nix)")
    .option('--json', 'as JSON')
    .option('--missing-from <URL>', 'leave out what this binary cache has')
    .option('--pkgs <EXPR>', 'package set, or function to one from { system; } (default: import <nixpkgs>)')
    .action((flags: JobsFlags) =>
      run(async () => (await import('./commands/jobs.ts')).listJobs(flags, progress.report)),
    )
}

function cacheCommand(): Command {
  const address = (command: Command): Command =>
    command
      .requiredOption('--to <URL>', 'the binary cache: file:///, http://, https:// or s3://')
      .option('--sign-key <FILE>', 'the secret key that signs what is pushed')
  const selecting = (name: string, summary: string): Command =>
    address(new Command(name).description(summary))
      .addOption(
        several('--target <TRIPLE>', 'a target of the matrix (default: this machine); may be repeated'),
      )
      .option('--toolchain', 'also what units are compiled with')
      .option('--build-deps', 'also the derivations, with all that building them needs')
      .option('--pkgs <EXPR>', 'the package set (default: import <nixpkgs> { })')
      .addOption(several('--attr <ATTR>', 'what of it (default: packages); may be repeated'))
      .option('--file <FILE>', 'a Nix file of yours, instead of the generated one')
      .option('--expr <EXPR>', 'a Nix expression instead of a file')
      .option('--manifest-path <PATH>', 'the Cargo.toml beside which the generated folder lies')
      .option('--out <DIR>', 'the generated folder (default: nix, searched upward)')
  return new Command('cache')
    .description('Fill a binary cache, so that nobody compiles twice.')
    .addCommand(
      selecting('push', 'Copy what is built here to a binary cache.').action((flags: CacheFlags) =>
        run(async () => (await import('./commands/cache.ts')).pushToCache(flags, progress.report)),
      ),
    )
    .addCommand(
      selecting('status', 'Tell what a binary cache lacks: exit code 0 when nothing, else 1.')
        .option('--json', 'as JSON')
        .action((flags: CacheFlags & { json?: boolean }) =>
          run(async () => (await import('./commands/cache.ts')).cacheStatus(flags, progress.report)),
        ),
    )
    .addCommand(
      address(new Command('config').description('Print the lines for nix.conf and for a flake.'))
        .option('--public-key <KEY>', 'the public key, where the secret one is not at hand')
        .action((flags: CacheFlags & { publicKey?: string }) =>
          run(async () => (await import('./commands/cache.ts')).cacheConfiguration(flags)),
        ),
    )
}

function program(): Command {
  return new Command('cargo2nix-ts')
    .description('Turns a Cargo workspace into Nix: one derivation for each unit that cargo would compile.')
    .version(`cargo2nix-ts ${programVersion} (rules of cargo ${NEWEST_CARGO})`, '-V, --version')
    .enablePositionalOptions()
    .addCommand(initCommand())
    .addCommand(generateCommand())
    .addCommand(checkCommand())
    .addCommand(targetsCommand())
    .addCommand(toolchainCommand())
    .addCommand(overridesCommand())
    .addCommand(unitGraphCommand())
    .addCommand(cacheCommand())
    .addCommand(whyCommand())
    .addCommand(jobsCommand())
    .addCommand(reportCommand())
    .addCommand(timingsCommand())
    .showHelpAfterError('(see --help)')
}

function exitOverride(command: Command): Command {
  command.exitOverride()
  for (const each of command.commands) exitOverride(each)
  return command
}

function printError(thrown: unknown): void {
  progress.stop()
  const error = systemError(thrown) ?? thrown
  if (error instanceof Cargo2NixError) {
    const where = error.path === undefined ? '' : `${shortened(error.path)}: `
    process.stderr.write(`error: ${oneLine(`${where}${error.message}`)}\n`)
    if (error.hint !== undefined) process.stderr.write(`hint: ${oneLine(error.hint)}\n`)
    return
  }
  const text = printable(error instanceof Error ? (error.stack ?? error.message) : String(error))
  process.stderr.write(`error: this is a bug of cargo2nix-ts, please report it\n${text}\n`)
}

// Whoever reads the output may stop early (`| head`); what is left has no reader and is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') printError(notWritten('standard output', error))
  process.exit(error.code === 'EPIPE' ? 0 : 2)
})
process.stderr.on('error', ({ code }: NodeJS.ErrnoException) => {
  if (code !== 'EPIPE') process.exit(2)
})

/** Commands of packagers and shells, which know of all others. */
async function withCommandsOnCommands(root: Command): Promise<Command> {
  const [, , name] = process.argv
  root.addCommand(
    new Command('manual').action(() =>
      run(async () => (await import('./commands/manual.ts')).printManual(root, programVersion)),
    ),
    { hidden: true },
  )
  if (name === 'completions' || name === 'complete')
    (await import('./commands/completions.ts')).addCompletions(root)
  else
    root.addCommand(
      new Command('completions')
        .description('Print the completion script of a shell.')
        .argument('<SHELL>', 'bash, zsh or fish'),
    )
  return root
}

try {
  refuseLostDirectory()
  await exitOverride(await withCommandsOnCommands(program())).parseAsync()
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2
  } else {
    printError(error)
    process.exitCode = 2
  }
}
