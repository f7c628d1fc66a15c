/** Settings without effect, because what they name is not there. */
import { resolve } from 'node:path'
import { startsWithPath } from '../../cargo/workspace/workspace-table.ts'
import type { Settings } from '../settings/settings.ts'
import type { NixPlan } from './plan.ts'

/** Components of Rust's distribution, without `-preview` and the standard libraries by triple. */
const COMPONENTS: ReadonlySet<string> = new Set([
  'cargo',
  'clippy',
  'llvm-bitcode-linker',
  'llvm-tools',
  'miri',
  'reproducible-artifacts',
  'rls',
  'rust',
  'rust-analysis',
  'rust-analyzer',
  'rust-docs',
  'rust-docs-json',
  'rust-mingw',
  'rust-src',
  'rust-std',
  'rustc',
  'rustc-codegen-cranelift',
  'rustc-codegen-gcc',
  'rustc-dev',
  'rustc-docs',
  'rustfmt',
])

/** A note for each. They are not errors: a package may come back, and Rust may get new components. */
export function notesOnIdleSettings({ graph, crates }: NixPlan, settings: Settings): readonly string[] {
  const { root } = graph.workspace
  const packages = new Set(crates.map((crate) => crate.package.name))
  const interfaces = typeof settings.interfaces === 'string' ? [] : settings.interfaces
  const vendored = settings.vendored === undefined ? undefined : resolve(root, settings.vendored)
  const isVendored = crates.some(
    ({ package: { replacement } }) =>
      vendored !== undefined && replacement !== undefined && startsWithPath(replacement.path, vendored),
  )
  const components = settings.toolchain.components ?? []
  return [
    ...interfaces
      .filter((name) => !packages.has(name))
      .map((name) => `note: \`interfaces\` names \`${name}\`, and the workspace has no package of that name`),
    ...(vendored === undefined || isVendored
      ? []
      : [`note: \`vendored\` names ${settings.vendored}, and cargo takes no package from there`]),
    ...components
      .filter((name) => !COMPONENTS.has(name.replace(/-preview$/, '')) && !name.startsWith('rust-std-'))
      .map(
        (name) => `note: \`toolchain.components\` names \`${name}\`, which is not a known component of Rust`,
      ),
  ]
}
