/**
 * Runs a small Rust program as an oracle: its dependencies are the crates that cargo itself uses.
 *
 * In: a program that answers each line of its input with one line. Out: the answers.
 * The build directory stays in the system's temporary directory, so that a second run does not compile.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface RustOracle {
  readonly name: string
  /** Lines of `[dependencies]`. */
  readonly dependencies: readonly string[]
  /** The body of `fn answer(question: &str) -> String`, preceded by what it uses. */
  readonly source: string
}

/** Why no Rust program can be compiled here; undefined when one can. */
export function rustMissing(): string | undefined {
  try {
    execFileSync('cargo', ['--version'], { stdio: 'ignore' })
    return undefined
  } catch {
    return 'cargo is not installed'
  }
}

/** Asks every question (none may hold a line break); throws when the program does not build. */
export function askRust(oracle: RustOracle, questions: readonly string[]): readonly string[] {
  const program = build(oracle)
  const output = execFileSync(program, {
    input: questions.join('\n') + '\n',
    maxBuffer: 2 ** 28,
    encoding: 'utf8',
  })
  const answers = output.split('\n').slice(0, -1)
  if (answers.length !== questions.length)
    throw new Error(`${answers.length} answers to ${questions.length} questions`)
  return answers
}

/** The seed of a randomised comparison: `ORACLE_SEED`, or a new one. Printed, so that a failure can be repeated. */
export function oracleSeed(): number {
  const seed = Number(process.env['ORACLE_SEED'] ?? Date.now() % 2 ** 31)
  console.log(`ORACLE_SEED=${seed}`)
  return seed
}

function build({ name, dependencies, source }: RustOracle): string {
  const manifest = `[package]\nname = "${name}"\nversion = "0.0.0"\nedition = "2021"\n[dependencies]\n${dependencies.join('\n')}\n[workspace]\n`
  const main = `${source}\nfn main() {\n    use std::io::{BufRead, Write};\n    let mut out = std::io::BufWriter::new(std::io::stdout());\n    for line in std::io::stdin().lock().lines() {\n        writeln!(out, "{}", answer(&line.unwrap())).unwrap();\n    }\n}\n`
  const key = createHash('sha256').update(manifest).update(main).digest('hex').slice(0, 16)
  const root = join(tmpdir(), `cargo2nix-ts-oracle-${name}-${key}`)
  mkdirSync(join(root, 'src'), { recursive: true })
  writeFileSync(join(root, 'Cargo.toml'), manifest)
  writeFileSync(join(root, 'src', 'main.rs'), main)
  cargoBuild(root)
  return join(root, 'target', 'debug', name)
}

function cargoBuild(root: string): void {
  const run = (...flags: string[]): void => {
    execFileSync('cargo', ['build', '--quiet', '--target-dir', join(root, 'target'), ...flags], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
  }
  try {
    run('--offline')
  } catch {
    run()
  }
}
