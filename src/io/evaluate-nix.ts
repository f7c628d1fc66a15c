/** Evaluates a Nix expression. Nothing is written to the store. */
import { Cargo2NixError } from '../errors.ts'
import { lastLines, runProgram } from './run-program.ts'

/**
 * Returns the value, from JSON.
 *
 * @param purpose - why Nix is needed, as the end of a sentence that begins with the program's name
 * @throws Cargo2NixError `program-missing`, or `nix-failed` with Nix's message
 */
export async function evaluateNix(expression: string, purpose: string): Promise<unknown> {
  const args = ['--readonly-mode', '--eval', '--strict', '--json', '-']
  const { failed, stdout, stderr, ended, cause } = await runProgram('nix-instantiate', args, {
    input: expression,
    hintIfMissing: `install Nix: it is asked ${purpose}`,
  })
  if (!failed) return JSON.parse(stdout)
  // Our own expression is of no interest.
  const said = (/^error: ([^]*)$/m.exec(stderr)?.[1] ?? stderr).replace(/\n\s*at «(?:stdin|string)»[^]*$/, '')
  throw new Cargo2NixError({
    code: 'nix-failed',
    message: `Nix cannot say ${purpose}: ${lastLines(said.replace(/^\(use '--show-trace'.*$/m, '')) || ended}`,
    cause,
  })
}
