/**
 * `nix/Cargo.nix`: the plan as Nix, one line per fact.
 *
 * In: NixPlan, and the directory of the generated files relative to the workspace. Out: text, a fixed point
 * of nixfmt. ARCHITECTURE.md describes the format; `templates/` reads it.
 */
import type { ScriptOutput } from '../../cargo/config/links-override.ts'
import { Cargo2NixError } from '../../errors.ts'
import type { PlannedScripts } from '../plan/script-outputs.ts'
import { dirname, relative } from 'node:path'
import { lintFlags } from '../../cargo/manifest/lints.ts'
import type { Manifest, Target } from '../../cargo/manifest/manifest.ts'
import type { Package } from '../../cargo/resolve/package-graph.ts'
import { crateName } from '../../cargo/units/unit.ts'
import type { Condition } from '../plan/conditions.ts'
import { attributes, attributesOf, binding, list, raw, words, type NixBinding, type NixExpr } from './expr.ts'
import { renderProfile } from './render-profile.ts'
import { configFacts } from './config-facts.ts'
import { GENERATED_HEADER } from './nix-file.ts'
import type { PlannedBuild } from '../plan/named-builds.ts'
import type { NixPlan } from '../plan/plan.ts'
import type { ConditionalItems, PlannedCrate } from '../plan/plan-crate.ts'
import { printNix } from './print.ts'
import { artifactPrograms, isArtifacts, renderArtifact } from './render-artifacts.ts'
import { programVersion } from '../../version.ts'
import type { RuntimeSource } from '../settings/settings.ts'
import { deployFact, releaseFact } from './render-release.ts'
import { sourceFacts } from './source-facts.ts'

const ARGUMENTS = [
  'pkgs',
  'toolchain',
  'crateOverrides',
  'profile',
  'extraRustcFlags',
  'extraRustdocFlags',
  'clippyArgs',
  'clippyAllTargets',
  'contentAddressed',
  'interfaces',
  'clippyInterfaces',
  'fetchCrateArgs',
  'ignoreLockHash',
  'ignoreRustVersion',
  'releaseRef',
  'releaseCommit',
]

/** The runtime has no default, so if it is missing, evaluation stops with instructions. */
const RUNTIME_ARGUMENT = `  cargo2nix ? (
    throw ''
      cargo2nix-ts: this Cargo.nix takes its runtime as the argument \`cargo2nix\`, since its settings say \`runtime = "argument"\`.
      Give it \`import (SOURCE + "/templates")\`, where SOURCE is cargo2nix-ts ${programVersion}, or \`lib.runtime\` of its flake.''
  ),
  toolchain ? (arguments: import ./toolchain.nix (arguments // { inherit cargo2nix; })),
`

/** `root` is the workspace's directory as a Nix path relative to the generated file: `../.`. */
export function renderCrates(plan: NixPlan, root: string, runtime: RuntimeSource): string {
  const { lockHash, manifestHashes } = plan.graph.workspace
  const manifests = Object.entries(manifestHashes).toSorted(([a], [b]) => (a < b ? -1 : 1))
  const facts = attributes([
    binding('version', programVersion),
    binding('lockHash', lockHash),
    binding('directory', raw('./.')),
    binding('root', raw(root)),
    binding('matrix', attributesOf(plan.matrix.map((row) => [row.buildPlatform, list(row.hostPlatforms)]))),
    conditionsBinding(plan),
    binding('builds', attributesOf(plan.builds.map((build) => [build.name, renderBuild(build)]))),
    binding('profiles', attributesOf(plan.profiles.map((each) => [each.name, renderProfile(each)]))),
    binding('members', list(plan.members)),
    binding('manifests', attributesOf(manifests)),
    ...when(plan.rootPackage !== undefined, () => binding('rootPackage', plan.rootPackage!)),
    ...releaseFact(plan.release),
    ...deployFact(plan.deploy),
    ...when(plan.env.values.length > 0, () => binding('env', attributesOf(plan.env.values))),
    ...when(plan.env.paths.length > 0, () => binding('envPaths', attributesOf(plan.env.paths))),
    ...when(plan.scripts.length > 0, () => binding('scriptOutputs', renderScripts(plan.scripts))),
    ...configFacts(plan.graph.workspace),
    cratesBinding(plan),
    ...stdFact(plan),
  ])
  const isArgument = runtime === 'argument'
  const interfaces = printNix(
    typeof plan.interfaces === 'string' ? plan.interfaces : list(plan.interfaces),
    2,
    15,
  )
  return `${GENERATED_HEADER}{
  pkgs,
${isArgument ? RUNTIME_ARGUMENT : '  toolchain ? import ./toolchain.nix,\n'}  crateOverrides ? (pkgs: pkgs.defaultCrateOverrides or { }),
  profile ? "release",
  extraRustcFlags ? [ ],
  extraRustdocFlags ? [ ],
  clippyArgs ? [ ],
  clippyAllTargets ? false,
  contentAddressed ? false,
  interfaces ? ${interfaces},
  clippyInterfaces ? false,
  fetchCrateArgs ? (_: { }),
  ignoreLockHash ? false,
  ignoreRustVersion ? false,
  releaseRef ? null,
  releaseCommit ? null,
}:
${isArgument ? 'cargo2nix' : '(import ./cargo2nix.nix)'}.workspace {
  inherit
${ARGUMENTS.map((name) => `    ${name}\n`).join('')}    ;
${printFacts(facts, plan).slice(2)}
`
}

export function conditionsBinding({ conditions }: NixPlan): NixBinding {
  return binding('conditions', attributesOf(conditions.map((each) => [each.name, renderCondition(each)])))
}

export function cratesBinding(plan: NixPlan): NixBinding {
  const sourceOf = sourceFacts(plan)
  const programsOf = artifactPrograms(plan)
  return binding(
    'crates',
    attributesOf(plan.crates.map((crate) => [crate.key, renderCrate(crate, sourceOf, programsOf(crate))])),
  )
}

/** Refuses values that Nix cannot hold, naming the manifest that they come from. */
function printFacts(facts: NixExpr, plan: NixPlan): string {
  try {
    return printNix(facts)
  } catch (error) {
    if (!(error instanceof Cargo2NixError) || error.path !== undefined) throw error
    const { code, message, hint } = error
    const sourceOf = sourceFacts(plan)
    const crate = plan.crates.find((each) => !isPrintable(renderCrate(each, sourceOf)))
    const path = crate?.package.manifest.manifestPath ?? plan.graph.workspace.rootManifestPath
    throw new Cargo2NixError({ code, path, message, hint, cause: error })
  }
}

function isPrintable(expr: NixExpr): boolean {
  try {
    printNix(expr)
    return true
  } catch {
    return false
  }
}

function renderScripts(scripts: readonly PlannedScripts[]): NixExpr {
  return attributesOf(
    scripts.map(({ triple, outputs }) => [
      triple,
      attributesOf(outputs.map(([links, output]) => [links, renderOutput(output)])),
    ]),
  )
}

function renderOutput(output: ScriptOutput): NixExpr {
  const lists = Object.entries(output) as [string, readonly string[]][]
  return attributesOf(
    lists.filter(([, lines]) => lines.length > 0).map(([name, lines]) => [name, list(lines)]),
  )
}

function when(condition: boolean, make: () => NixBinding): readonly NixBinding[] {
  return condition ? [make()] : []
}

function renderCondition(condition: Condition): NixExpr {
  return list(
    condition.alternatives.map((alternative) =>
      attributesOf(Object.entries(alternative).map(([dimension, values]) => [dimension, list(values)])),
    ),
  )
}

function renderBuild(build: PlannedBuild): NixExpr {
  return attributes([
    binding('packages', list(build.packages)),
    ...when(build.profile !== undefined, () => binding('profile', build.profile!)),
    ...when(build.separately, () => binding('separately', true)),
  ])
}

/** The standard library, with keys and conditions of its own. */
function stdFact(plan: NixPlan): readonly NixBinding[] {
  if (plan.std === undefined) return []
  const { graph, crates, conditions, roots, profiles } = plan.std
  const own = { ...plan, graph, crates, conditions }
  const std = attributes([
    binding('lockHash', graph.workspace.lockHash),
    binding('roots', words(roots)),
    ...when(conditions.length > 0, () => conditionsBinding(own)),
    ...when(profiles.length > 0, () =>
      binding('profiles', attributesOf(profiles.map((each) => [each.name, renderProfile(each)]))),
    ),
    cratesBinding(own),
  ])
  return [binding('std', std)]
}

/** Nix allows 211 characters, including version and kind of unit. */
const LONGEST_NAME = 100

function renderCrate(
  crate: PlannedCrate,
  sourceOf: ReturnType<typeof sourceFacts>,
  programs: readonly NixBinding[] = [],
): NixExpr {
  const item = crate.package
  // Store names are ASCII and short; cargo accepts any name.
  const storeName = item.name.replaceAll(/[^\w-]+/g, '_').slice(0, LONGEST_NAME)
  const source = sourceOf(item)
  const hasVersion = crate.key === `${item.name}-${item.version}`
  const constant: NixBinding[] = [
    ...when(storeName !== item.name, () => binding('storeName', storeName)),
    ...source,
    ...when(!hasVersion && !source.some(({ path }) => path[0] === 'locked'), () =>
      binding('version', item.version),
    ),
    ...targetFacts(item),
    ...programs,
    ...metadataFacts(item),
  ]
  if (item.isLocal) {
    const lints = lintFlags(item.manifest.lints)
    if (lints.length > 0) constant.push(binding('lints', list(lints)))
    const declared = [...item.features.keys()].toSorted()
    if (declared.length > 0) constant.push(binding('declaredFeatures', words(declared)))
    constant.push(...otherRoots(item))
  }
  const { privateDependencies = [] } = crate
  if (privateDependencies.length > 0) constant.push(binding('privateDeps', words(privateDependencies)))
  const renames = crate.renames.map(([key, name]) => binding(['rename', key], name))
  return attributes([...constant, ...crate.items.flatMap((each) => itemFacts(item, each)), ...renames])
}

function under(condition: string | undefined): readonly string[] {
  return condition === undefined ? [] : ['on', condition]
}

const TARGET_FACTS: Readonly<Record<string, string>> = {
  bin: 'bins',
  example: 'examples',
  test: 'tests',
  bench: 'benches',
}

function itemFacts(item: Package, { fact, condition, items }: ConditionalItems): readonly NixBinding[] {
  if (isArtifacts(fact)) return [binding([...under(condition), fact], list(items.map(renderArtifact)))]
  if (fact !== 'targets') return [binding([...under(condition), fact], words(items))]
  return items.map((text) => {
    const [kind, name] = splitFirst(text)
    const target = item.manifest.targets.find((each) => each.kind === kind && each.name === name)!
    return binding([...under(condition), TARGET_FACTS[kind]!, name], inPackage(item, target.srcPath))
  })
}

function splitFirst(text: string): readonly [string, string] {
  const at = text.indexOf(' ')
  return [text.slice(0, at), text.slice(at + 1)]
}

function inPackage(item: Package, path: string): string {
  return relative(dirname(item.manifest.manifestPath), path)
}

/** The library and the build script; defaults are omitted. */
function targetFacts(item: Package): readonly NixBinding[] {
  const { manifest, library, buildScript } = item
  const script = buildScript === undefined ? [] : [binding('build', inPackage(item, buildScript.srcPath))]
  return [
    ...when(manifest.edition !== '2021', () => binding('edition', manifest.edition)),
    ...editionFacts(manifest),
    ...(library === undefined ? [binding('lib', false)] : libraryFacts(item, library)),
    ...script,
    ...when(manifest.links !== undefined, () => binding('links', manifest.links!)),
    ...testFacts(item),
  ]
}

/** For targets with their own edition. */
function editionFacts({ edition, targets }: Manifest): readonly NixBinding[] {
  return targets
    .filter((target) => target.edition !== edition)
    .map((target) => binding(['editions', targetFactName(target)], target.edition))
}

/** Roots of targets that may be in no list of targets: the files they lead to are not the library's. */
function otherRoots(item: Package): readonly NixBinding[] {
  const { targets } = item.manifest
  return targets
    .filter(({ kind }) => kind !== 'lib' && kind !== 'custom-build')
    .filter(({ requiredFeatures = [] }) => !item.isMember || requiredFeatures.length > 0)
    .map((target) => binding(['otherRoots', targetFactName(target)], inPackage(item, target.srcPath)))
}

/** The name of a target within its package. */
function targetFactName({ kind, name }: Target): string {
  return kind === 'lib' ? 'lib' : `${kind}:${name}`
}

function libraryFacts(item: Package, library: Target): readonly NixBinding[] {
  const path = inPackage(item, library.srcPath)
  const name = crateName(library)
  const types = library.crateTypes.join(' ')
  return [
    ...when(path !== 'src/lib.rs', () => binding('lib', path)),
    ...when(name !== item.name.replaceAll('-', '_'), () => binding('libName', name)),
    ...when(library.procMacro, () => binding('procMacro', true)),
    ...when(types !== 'lib' && !library.procMacro, () => binding('crateTypes', types)),
  ]
}

/**
 * Unusual properties of members' targets: harness, whether `cargo test` and `cargo doc` include them,
 * required features.
 */
function testFacts({ isMember, manifest, library }: Package): readonly NixBinding[] {
  if (!isMember) return []
  const named = (matches: (target: Target) => boolean): readonly string[] =>
    manifest.targets.filter((target) => target.kind !== 'custom-build' && matches(target)).map(targetFactName)
  // Cargo 0.96 can document only libraries and binaries if there are dev-dependencies: it panics otherwise.
  const hasDevDependencies = manifest.dependencies.some(({ kind }) => kind === 'development')
  const isOptIn = ({ kind }: Target): boolean => kind === 'example' || kind === 'bench'
  const facts: readonly (readonly [string, readonly string[]])[] = [
    ['noHarness', named(({ harness }) => !harness)],
    ['documented', named((target) => isDocumentedToo(target) && !hasDevDependencies)],
    ['undocumented', named(({ kind, documented }) => !documented && (kind === 'lib' || kind === 'bin'))],
    ['untested', named((target) => !target.tested && !isOptIn(target))],
    ['tested', named((target) => target.tested && isOptIn(target))],
    [
      'unbenched',
      named(({ kind, tested, benched }) => (kind === 'lib' || kind === 'bin') && !tested && !benched),
    ],
    ['benched', named(({ kind, tested, benched }) => kind === 'example' && !tested && benched)],
  ]
  const gated = manifest.targets.filter(
    ({ kind, requiredFeatures = [] }) => kind === 'bin' && requiredFeatures.length > 0,
  )
  const all = [...facts, ['gatedBins', gated.map(({ name }) => name)] as const]
  return [
    ...exampleFacts(manifest),
    ...when(library?.doctested === false, () => binding('doctest', false)),
    ...all.flatMap(([name, list]) => (list.length === 0 ? [] : [binding(name, words(list))])),
  ]
}

/** False if features are required, since that depends on the build. */
function isDocumentedToo({ kind, documented, requiredFeatures = [] }: Target): boolean {
  return documented && kind !== 'lib' && kind !== 'bin' && requiredFeatures.length === 0
}

/** For examples that are libraries. */
function exampleFacts({ targets }: Manifest): readonly NixBinding[] {
  return targets
    .filter(({ kind, crateTypes }) => kind === 'example' && crateTypes.join(' ') !== 'bin')
    .map(({ name, crateTypes }) => binding(['exampleTypes', name], words(crateTypes)))
}

function metadataFacts({ isMember, manifest }: Package): readonly NixBinding[] {
  const { metadata, defaultRun } = manifest
  const texts: readonly (readonly [string, string | undefined])[] = [
    ['defaultRun', isMember ? defaultRun : undefined],
    ['authors', metadata.authors.join(':')],
    ['description', metadata.description],
    ['homepage', metadata.homepage],
    ['repository', metadata.repository],
    ['license', metadata.license],
    ['licenseFile', metadata.licenseFile],
    ['rustVersion', metadata.rustVersion],
  ]
  const { readme } = metadata
  return [
    ...texts.flatMap(([name, text]) => (text === undefined || text === '' ? [] : [binding(name, text)])),
    ...when(readme !== 'README.md', () => binding('readme', readme ?? '')),
  ]
}
