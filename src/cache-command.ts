/** Defines `cache` and its commands for `cli.ts`, which runs them. */
import { Command } from 'commander'
import type { Ask, EraseFlags } from './commands/cache-erase.ts'
import type { CacheFlags } from './commands/cache.ts'
import type { Report } from './commands/outcome.ts'
import type { Run } from './release-command.ts'
import { JSON_FLAG, several } from './several.ts'

export function cacheCommand(run: Run, ask: Ask, report: Report): Command {
  const address = (command: Command): Command =>
    command
      .requiredOption('--to <URL>', 'URL of the binary cache: file:///, http://, https:// or s3://')
      .option('--sign-key <FILE>', 'secret key to sign with')
  const selecting = (name: string, summary: string): Command =>
    address(new Command(name).description(summary))
      .addOption(
        several('--target <TRIPLE>', 'target of the matrix (default: this machine); may be repeated'),
      )
      .option('--toolchain', 'include the toolchain')
      .option('--build-deps', 'include derivations and their build-time closure')
      .option('--pkgs <EXPR>', 'package set (default: import <nixpkgs> { })')
      .addOption(several('--attr <ATTR>', 'attribute to push (default: packages); may be repeated'))
      .option('--file <FILE>', 'your own Nix file, instead of the generated one')
      .option('--expr <EXPR>', 'a Nix expression, instead of a file')
      .option('--manifest-path <PATH>', 'path to the Cargo.toml next to the generated directory')
      .option('--out <DIR>', 'directory of the generated files (default: nix, searched upward)')
  return new Command('cache')
    .description('Fill a binary cache, so that nobody compiles twice.')
    .addCommand(
      selecting('push', 'Push what was built here to a binary cache.')
        .option(...JSON_FLAG)
        .action((flags: CacheFlags) =>
          run(async () => (await import('./commands/cache.ts')).pushToCache(flags, report)),
        ),
    )
    .addCommand(
      selecting('status', 'List what a binary cache lacks (exits with 1 if anything).')
        .option(...JSON_FLAG)
        .action((flags: CacheFlags) =>
          run(async () => (await import('./commands/cache.ts')).cacheStatus(flags, report)),
        ),
    )
    .addCommand(
      address(new Command('config').description('Print the lines for nix.conf and for a flake.'))
        .option('--public-key <KEY>', 'public key, if the secret one is not at hand')
        .option(...JSON_FLAG)
        .action((flags: CacheFlags & { publicKey?: string }) =>
          run(async () => (await import('./commands/cache.ts')).cacheConfiguration(flags)),
        ),
    )
    .addCommand(
      new Command('erase')
        .description('Delete everything in a binary cache, after asking.')
        .requiredOption('--to <URL>', 'URL of the binary cache: file:/// or s3://')
        .option('--yes', 'do not ask')
        .option('--dry-run', 'print what would be deleted')
        .option(...JSON_FLAG)
        .action((flags: EraseFlags) =>
          run(async () => (await import('./commands/cache-erase.ts')).eraseCache(flags, ask, report)),
        ),
    )
}
