/** Defines `release` and its commands for `cli.ts`, which runs them. */
import { Command } from 'commander'
import type { CommandOutcome, Report } from './commands/outcome.ts'
import type { ImageFlags } from './commands/release-images.ts'
import type { IndexFlags } from './commands/release-index.ts'
import type { PlanFlags } from './commands/release-plan.ts'
import type { PublishFlags } from './commands/release-publish.ts'
import { JSON_FLAG } from './several.ts'

/** Runs a command, prints what it returns, and sets the exit code. */
export type Run = (command: () => Promise<CommandOutcome>) => Promise<void>

export function releaseCommand(run: Run, report: Report): Command {
  return new Command('release')
    .description('Plan releases, and publish them: files to a store, images to a registry, an index of all.')
    .addCommand(planCommand(run, report))
    .addCommand(publishCommand(run, report))
    .addCommand(imagesCommand(run, report))
    .addCommand(indexCommand(run, report))
}

function planCommand(run: Run, report: Report): Command {
  return new Command('plan')
    .description('Print version, class and files of a release. Builds nothing.')
    .option('--ref <REF>', 'tag (which need not exist yet) or commit (default: what is checked out)')
    .option('--pkgs <EXPR>', 'package set (default: import <nixpkgs> { })')
    .option('--manifest-path <PATH>', 'path to the Cargo.toml next to the generated directory')
    .option('--out <DIR>', 'directory of the generated files (default: nix, searched upward)')
    .option('--json', 'print JSON')
    .action((flags: PlanFlags) =>
      run(async () => (await import('./commands/release-plan.ts')).planRelease(flags, report)),
    )
}

function publishCommand(run: Run, report: Report): Command {
  const command = new Command('publish')
    .description('Upload a release to a store, then rebuild the index. Never replaces what is published.')
    .argument('[DIRECTORY]', 'what `nix-build -A release.all` made (default: result)')
    .option(
      '--changelog <FILE>',
      'take the release notes from its section about the version (default: CHANGELOG.md)',
    )
  return withIndex(command).action((directory: string | undefined, flags: PublishFlags) =>
    run(async () => (await import('./commands/release-publish.ts')).publishRelease(directory, flags, report)),
  )
}

function imagesCommand(run: Run, report: Report): Command {
  return new Command('push-images')
    .description("Push a release's images to a registry, with an index of all architectures.")
    .argument('[DIRECTORY]', 'what `nix-build -A release.all` made (default: result)')
    .requiredOption('--to <URL>', 'repository: docker://HOST/NAME, without a tag')
    .option('--dry-run', 'print what would be pushed')
    .option(...JSON_FLAG)
    .action((directory: string | undefined, flags: ImageFlags) =>
      run(async () => (await import('./commands/release-images.ts')).pushImages(directory, flags, report)),
    )
}

function indexCommand(run: Run, report: Report): Command {
  return withIndex(
    new Command('index').description('Write the page and the feeds of all releases in a store.'),
  ).action((flags: IndexFlags) =>
    run(async () => (await import('./commands/release-index.ts')).indexReleases(flags, report)),
  )
}

function withIndex(command: Command): Command {
  return command
    .requiredOption(
      '--to <URL>',
      'store: s3://BUCKET/PREFIX?endpoint=HOST, file:///DIRECTORY or sftp://HOST/DIRECTORY',
    )
    .option('--url <URL>', 'where the store is served, for links in feeds (default: relative links)')
    .option(
      '--images <URL>',
      'repository that images are pushed to, for their names in the index: docker://HOST/NAME',
    )
    .option('--dry-run', 'print what would be written')
    .option(...JSON_FLAG)
}
