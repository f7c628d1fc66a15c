/**
 * Small random workspaces over vendored packages that print what they were compiled with, and random changes of them.
 *
 * The same seed gives the same files and changes.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Files } from '../folder.ts'
import type { Random } from '../properties/random/random.ts'

interface RandomCrate {
  readonly name: string
  readonly version: string
  readonly kind: 'lib' | 'proc-macro'
  readonly features: readonly string[]
  readonly dependencies: readonly RandomDependency[]
  readonly script: 'none' | 'plain' | 'links'
  readonly optimized: boolean
}

interface RandomDependency {
  readonly to: RandomCrate
  readonly features: readonly string[]
  readonly isForScript: boolean
}

export interface RandomShellWorkspace {
  readonly files: Files
  /** Names of binaries. */
  readonly binaries: readonly string[]
  /** Features that members may turn on and off, as they are written in a manifest. */
  readonly vendored: readonly RandomCrate[]
}

const FEATURES = ['f0', 'f1']

/** Makes one: two to five vendored packages, one to three members. */
export function randomShellWorkspace(random: Random): RandomShellWorkspace {
  const vendored: RandomCrate[] = []
  const count = 2 + random.below(4)
  for (let at = 0; at < count; at++) {
    const dependencies = random.some(vendored, 0.5).map((to) => ({
      to,
      features: random.some(to.features, 0.4),
      isForScript: false,
    }))
    const script = random.pick(['none', 'none', 'plain', 'links'] as const)
    const forScript =
      script === 'none'
        ? []
        : random
            .some(
              vendored.filter((each) => each.kind === 'lib'),
              0.25,
            )
            .map((to) => ({ to, features: random.some(to.features, 0.3), isForScript: true }))
    vendored.push({
      name: `r${at}`,
      version: '0.1.0',
      kind: random.chance(0.2) ? 'proc-macro' : 'lib',
      features: random.some(FEATURES, 0.7),
      dependencies: [...dependencies, ...forScript],
      script,
      optimized: random.chance(0.15),
    })
  }
  const members = 1 + random.below(3)
  const files: Record<string, string> = {
    '.cargo/config.toml':
      '[source.crates-io]\nreplace-with = "vendored"\n[source.vendored]\ndirectory = "vendor"\n',
    'Cargo.toml': workspaceManifest(random, members, vendored),
  }
  for (const crate of vendored) {
    for (const version of crate.name === 'r0' ? ['0.1.0', '0.1.1'] : ['0.1.0']) {
      Object.assign(files, vendoredFiles({ ...crate, version }))
    }
  }
  for (let at = 0; at < members; at++) Object.assign(files, memberFiles(random, at, vendored))
  return { files, binaries: Array.from({ length: members }, (_, at) => `m${at}`), vendored }
}

function workspaceManifest(random: Random, members: number, vendored: readonly RandomCrate[]): string {
  const names = Array.from({ length: members }, (_, at) => `"m${at}"`).join(', ')
  const overrides = vendored
    .filter(({ optimized }) => optimized)
    .map(({ name }) => `[profile.dev.package.${name}]\nopt-level = 1\n`)
  const build = random.chance(0.2) ? '[profile.dev.build-override]\nopt-level = 1\n' : ''
  return `[workspace]\nmembers = [${names}]\nresolver = "${random.pick(['1', '2', '2'])}"\n[profile.dev]\ndebug = ${random.pick(['0', '0', '1'])}\n${overrides.join('')}${build}`
}

function entryOf({ to, features }: RandomDependency): string {
  return `${to.name} = { version = "0.1", features = ${JSON.stringify(features)} }\n`
}

function dependencyTables(dependencies: readonly RandomDependency[]): string {
  const lines = (isForScript: boolean): string =>
    dependencies
      .filter((each) => each.isForScript === isForScript)
      .map(entryOf)
      .join('')
  return `[dependencies]\n${lines(false)}[build-dependencies]\n${lines(true)}`
}

/** An expression of what a package says. */
function callOf({ name, kind }: RandomCrate): string {
  return kind === 'proc-macro' ? `${name}::make!().to_string()` : `${name}::say()`
}

function vendoredFiles({
  name,
  version,
  kind,
  features,
  dependencies,
  script,
}: RandomCrate): Record<string, string> {
  const upper = name.toUpperCase()
  const folder = `vendor/${name}-${version}`
  const said = dependencies.filter((each) => !each.isForScript).map(({ to }) => callOf(to))
  const body = `    format!(
        "${name} {} {} ${features.map(() => '{}').join(' ')} {} {:?} {} {} [{}]",
        env!("CARGO_PKG_VERSION"),
        VALUE,
        ${features.map((feature) => `cfg!(feature = "${feature}"),\n        `).join('')}cfg!(debug_assertions),
        (option_env!("WISH_${upper}"), cfg!(flagged)),
        include_str!("note.txt").trim(),
        ${script === 'none' ? '""' : `format!("{GEN} {} {}", env!("SAID"), cfg!(odd))`},
        Vec::<String>::from([${said.join(', ')}]).join(" "),
    )`
  const value = `const VALUE: &str = "value 0";\n`
  const generated = script === 'none' ? '' : 'include!(concat!(env!("OUT_DIR"), "/gen.rs"));\n'
  const code =
    kind === 'lib'
      ? `pub fn say() -> String {\n${body}\n}\n`
      : `fn say() -> String {\n${body}\n}\n#[proc_macro]\npub fn make(_: proc_macro::TokenStream) -> proc_macro::TokenStream {\n    format!("{:?}", say()).parse().unwrap()\n}\n`
  const table = features.map((feature) => `${feature} = []\n`).join('')
  return {
    [`${folder}/.cargo-checksum.json`]: JSON.stringify({ files: {}, package: checksumOf(name, version) }),
    [`${folder}/Cargo.toml`]: `[package]\nname = "${name}"\nversion = "${version}"\nedition = "2021"\n${script === 'links' ? `links = "${name}"\n` : ''}[lib]\nproc-macro = ${kind === 'proc-macro'}\n[features]\n${table}${dependencyTables(dependencies)}`,
    [`${folder}/src/lib.rs`]: `${generated}${value}${code}`,
    [`${folder}/src/note.txt`]: 'note 0\n',
    ...(script === 'none' ? {} : { [`${folder}/build.rs`]: buildScript(name, dependencies, script) }),
  }
}

function buildScript(
  name: string,
  dependencies: readonly RandomDependency[],
  script: RandomCrate['script'],
): string {
  const upper = name.toUpperCase()
  const links = dependencies
    .filter(({ to, isForScript }) => !isForScript && to.script === 'links')
    .map(({ to }) => `env::var("DEP_${to.name.toUpperCase()}_KEY").unwrap_or_default()`)
  const calls = dependencies.filter(({ isForScript }) => isForScript).map(({ to }) => callOf(to))
  return `use std::{env, fs, path::Path};
const VALUE: &str = "script 0";
fn main() {
    let mode = env::var("MODE_${upper}").unwrap_or_else(|_| "unset".into());
    let note = fs::read_to_string(Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap()).join("src/note.txt")).unwrap();
    let links: Vec<String> = vec![${links.join(', ')}];
    let calls: Vec<String> = vec![${calls.join(', ')}];
    let text = format!(
        "{VALUE} {mode} {} {} {} {} {links:?} {calls:?}",
        note.trim(),
        env::var("OPT_LEVEL").unwrap(),
        env::var("PROFILE").unwrap(),
        env::var("CARGO_FEATURE_F0").is_ok(),
    );
    let out = env::var("OUT_DIR").unwrap();
    fs::write(Path::new(&out).join("gen.rs"), format!("const GEN: &str = {text:?};\\n")).unwrap();
    println!("cargo::rerun-if-env-changed=MODE_${upper}");
    println!("cargo::rerun-if-changed=src/note.txt");
    println!("cargo::rustc-check-cfg=cfg(odd)");
    if mode.len() % 2 == 1 { println!("cargo::rustc-cfg=odd"); }
    println!("cargo::rustc-env=SAID={mode} said");
    ${script === 'links' ? 'println!("cargo::metadata=key={mode}");' : ''}
}
`
}

function memberFiles(random: Random, at: number, vendored: readonly RandomCrate[]): Record<string, string> {
  const used = random.some(vendored, 0.7)
  const dependencies = (used.length > 0 ? used : [random.pick(vendored)]).map((to) => ({
    to,
    features: random.some(to.features, 0.5),
    isForScript: false,
  }))
  const earlier = Array.from({ length: at }, (_, each) => `m${each}`).filter(() => random.chance(0.5))
  const paths = earlier.map((name) => `${name} = { path = "../${name}" }\n`).join('')
  const calls = [...dependencies.map(({ to }) => callOf(to)), ...earlier.map((name) => `${name}::say()`)]
  return {
    [`m${at}/Cargo.toml`]: `[package]\nname = "m${at}"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\n${paths}${dependencies.map(entryOf).join('')}`,
    [`m${at}/src/lib.rs`]: `const VALUE: &str = "member 0";\npub fn say() -> String {\n    format!("m${at} {VALUE} ({})", Vec::<String>::from([${calls.join(', ')}]).join("\\n"))\n}\n#[test]\nfn says() {\n    assert!(say().contains("m${at}"));\n}\n`,
    [`m${at}/src/main.rs`]: `fn main() {\n    println!("{}", m${at}::say());\n}\n`,
  }
}

function checksumOf(name: string, version: string): string {
  return Buffer.from(`${name}-${version}`).toString('hex').padEnd(64, '0').slice(0, 64)
}

/** One thing to do in the workspace, and how it is done. */
export interface Step {
  readonly title: string
  /** Of cargo. */
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly change: (folder: string) => void
  /** `cargo update` with these arguments comes first. */
  readonly update?: readonly string[]
  /** `cargo clean` of this package comes first: cargo does not notice edits of vendored packages. */
  readonly clean?: string
}

/** A random command after a random change. */
export function randomStep(random: Random, { binaries, vendored }: RandomShellWorkspace, at: number): Step {
  const args = random.pick([
    ['build', '--workspace'],
    ['build', '--workspace'],
    ['build', '--package', random.pick(binaries)],
    ['test', '--workspace'],
    ['check', '--workspace'],
    ['build', '--workspace', '--release'],
  ])
  const crate = random.pick(vendored)
  const upper = crate.name.toUpperCase()
  const base = { args, env: {}, change: () => {} }
  const edits = (path: string, from: RegExp, to: string) => (folder: string) => {
    const file = join(folder, path)
    writeFileSync(file, readFileSync(file, 'utf8').replace(from, to))
  }
  const place = `vendor/${crate.name}-0.1.0`
  const choices: readonly (() => Step)[] = [
    () => ({ ...base, title: 'nothing' }),
    () => ({
      ...base,
      title: 'a member',
      change: edits(`${random.pick(binaries)}/src/lib.rs`, /member \d+/, `member ${at}`),
    }),
    () => ({
      ...base,
      title: `code of ${crate.name}`,
      change: edits(`${place}/src/lib.rs`, /value \d+/, `value ${at}`),
    }),
    () => ({
      ...base,
      title: `a file of ${crate.name}`,
      change: (folder) => writeFileSync(join(folder, place, 'src/note.txt'), `note ${at}\n`),
    }),
    () =>
      crate.script === 'none'
        ? { ...base, title: 'nothing' }
        : {
            ...base,
            title: `the build script of ${crate.name}`,
            change: edits(`${place}/build.rs`, /script \d+/, `script ${at}`),
            // Else cargo would run the old one again, and the shell would compile the new one to run it.
            clean: crate.name,
          },
    () => ({
      ...base,
      title: `WISH of ${crate.name}`,
      env: { [`WISH_${upper}`]: `wish ${random.below(2)}` },
    }),
    () => ({
      ...base,
      title: `MODE of ${crate.name}`,
      env: { [`MODE_${upper}`]: 'm'.repeat(random.below(4)) },
    }),
    () => ({ ...base, title: 'RUSTFLAGS', env: { RUSTFLAGS: '--cfg flagged' } }),
    () => ({ ...base, title: 'assertions', env: { CARGO_PROFILE_DEV_DEBUG_ASSERTIONS: 'false' } }),
    () => ({ ...base, title: 'optimization', env: { CARGO_PROFILE_DEV_OPT_LEVEL: '1' } }),
    () => {
      const member = random.pick(binaries)
      const features = JSON.stringify(
        random.some(FEATURES, 0.5).filter((each) => crate.features.includes(each)),
      )
      const entry = new RegExp(`^${crate.name} = .*$`, 'm')
      return {
        ...base,
        title: `features of ${crate.name} in ${member}`,
        change: edits(
          `${member}/Cargo.toml`,
          entry,
          `${crate.name} = { version = "0.1", features = ${features} }`,
        ),
      }
    },
    () => ({
      ...base,
      title: 'another version of r0',
      update: ['--package=r0', `--precise=${random.pick(['0.1.0', '0.1.1'])}`],
    }),
  ]
  return random.pick(choices)()
}
