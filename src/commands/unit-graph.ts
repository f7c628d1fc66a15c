/** `unit-graph`: prints the units of a request in cargo's JSON form. */
import { requestedKinds } from '../cargo/compile-request.ts'
import { buildPackageGraph } from '../cargo/resolve/build-package-graph.ts'
import { printUnitGraph } from '../cargo/units/print-unit-graph.ts'
import { cfgsOfKinds } from '../cargo/platform/target-rustflags.ts'
import { expand, prepareRequest } from '../cargo/units/unit-graph.ts'
import { followsUnstable } from '../io/workspace/ask-rustc.ts'
import { hostTriple } from '../io/toolchain/host-triple.ts'
import { refuseMissingRoots } from '../io/workspace/missing-targets.ts'
import { toCompileRequest, type CompileFlags } from './compile-flags.ts'
import { openWorkspace, resolveTargets, warningsOf, type WorkspaceFlags } from './open-workspace.ts'
import type { CommandOutcome, Report } from './outcome.ts'

export interface UnitGraphFlags extends WorkspaceFlags, CompileFlags {
  readonly host?: string
}

/**
 * Prints the graph of `cargo SUBCOMMAND` with the same flags.
 *
 * @throws Cargo2NixError if cargo would refuse them.
 */
export async function printUnits(
  subcommand: string,
  flags: UnitGraphFlags,
  report: Report,
): Promise<CommandOutcome> {
  const { local, load } = openWorkspace(flags, report, 'everything')
  const host = flags.host ?? hostTriple()
  const names = (flags.target ?? []).map((name) => (name === 'host-tuple' ? host : name))
  const { targets, notes: targetNotes } = resolveTargets(names)
  const kinds = requestedKinds(targets, local.config.build.target, host)
  const cargo = followsUnstable(local, process.env)
  const workspace = await load([host, ...kinds.filter((kind) => kind !== null)], cargo)
  const request = toCompileRequest(subcommand, flags, kinds)
  const unitGraph = expand(prepareRequest(buildPackageGraph(workspace), request), request.kinds, {
    host,
    cfgsOf: cfgsOfKinds(workspace.config, host, request.kinds),
  })
  refuseMissingRoots(unitGraph.dependencies.keys())
  return {
    output: printUnitGraph(unitGraph, workspace.config.customTargets),
    notes: [...warningsOf(workspace), ...targetNotes],
    exitCode: 0,
  }
}
