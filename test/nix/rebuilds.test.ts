/**
 * No more rebuilds than cargo: for each of many edits, the derivations that Nix would build are the units that cargo would
 * recompile, except for written differences. Nothing is compiled: cargo decides with stand-ins, Nix only evaluates.
 */
import { readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkout, removeFolders } from '../builds/checkout.ts'
import { machinePackageSet, nixIsMissing } from '../builds/package-set.ts'
import { cargoMissing } from '../oracle/cargo.ts'
import { cargoRebuilds } from '../rebuilds/cargo-rebuilds.ts'
import { folderWith } from '../folder.ts'
import { all, append, comment, remove, replace, write, type Difference, type Edit } from '../rebuilds/edit.ts'
import { rebuilds, unitsOf, watch, type Watched } from '../rebuilds/rebuilds.ts'
import { TEN_MEMBERS_EDITS } from '../rebuilds/ten-members-edits.ts'
import { moreOften } from '../rebuilds/units.ts'

const missing = cargoMissing ?? ((await nixIsMissing()) ? 'there is no nix-instantiate' : undefined)
const fixture = join(import.meta.dirname, '..', '..', 'fixtures', 'ten-members')

describe.skipIf(missing !== undefined)(
  `as many rebuilds as cargo${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    let watched: Watched
    beforeAll(async () => {
      const set = await machinePackageSet()
      watched = await watch(
        await checkout(fixture, 'almanac'),
        set,
        { CARGO_HOME: process.env['CARGO_HOME'] },
        [],
      )
    })
    afterAll(() => removeFolders([watched.state.workspace, watched.cargo.folder]))

    test('the first build builds everything, the second one nothing', async () => {
      const { cargo, nix } = await rebuilds(watched)
      expect(nix.toSorted()).toEqual(cargo.toSorted())
      expect(nix.length).toBeGreaterThan(40)
      expect(await rebuilds(watched)).toEqual({ cargo: [], nix: [], told: [] })
    })

    test('builds and tests share what cargo shares', async () => {
      const { state, cargo } = watched
      const other = { ...cargo, folder: `${cargo.folder}/other` }
      await mkdir(other.folder)
      const [built, tested] = await cargoRebuilds(state.workspace, other, state.toolchain)
      const [packages, tests] = [await unitsOf(watched, ['packages']), await unitsOf(watched, ['tests'])]
      expect([...packages.values()].toSorted()).toEqual(built!.toSorted())
      const more = [...tests].filter(([path]) => !packages.has(path)).map(([, name]) => name)
      expect(more.toSorted()).toEqual(tested!.toSorted())
    })

    test.each(TEN_MEMBERS_EDITS)('$name', async ({ apply, smaller, larger, untold }) => {
      apply(watched.state.workspace, watched.state)
      const { cargo, nix, told } = await rebuilds(watched)
      expectDifference(moreOften(nix, cargo), larger, 'only Nix builds again')
      expectDifference(moreOften(cargo, nix), smaller, 'only cargo builds again')
      if (untold === undefined) expect(told.toSorted(), 'what `why` tells').toEqual(nix.toSorted())
    })
  },
)

/** The only user of the macro is a binary of its own package. */
const MACRO = {
  'Cargo.toml':
    '[workspace]\nmembers = ["named"]\nresolver = "2"\n[profile.dev.build-override]\nopt-level = 2\n',
  'Cargo.lock': 'version = 4\n\n[[package]]\nname = "named"\nversion = "0.1.0"\n',
  'named/Cargo.toml':
    '[package]\nname = "named"\nversion = "0.1.0"\nedition = "2021"\n[lib]\nproc-macro = true\n',
  'named/src/lib.rs': '',
  'named/src/bin/user.rs': 'fn main() {}\n',
}

describe.skipIf(missing !== undefined)(
  `a proc macro that nothing uses${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    let watched: Watched
    beforeAll(async () => {
      watched = await watch(folderWith(MACRO), await machinePackageSet(), {}, [])
      await rebuilds(watched)
    })
    afterAll(() => removeFolders([watched.state.workspace, watched.cargo.folder]))

    test.each<Edit>([
      { name: 'its only user goes', apply: remove('named/src/bin/user.rs') },
      { name: 'its code', apply: comment('named/src/lib.rs') },
      { name: 'the profile of build scripts', apply: append('Cargo.toml', 'debug = 1') },
      { name: 'the profile of the rest', apply: append('Cargo.toml', '[profile.dev]\nopt-level = 1') },
      { name: 'a user comes', apply: write('named/src/bin/other.rs', 'fn main() {}\n') },
      { name: 'its code again', apply: comment('named/src/lib.rs') },
      { name: 'only its documentation is tested', apply: remove('named/src/bin/other.rs') },
      {
        name: 'flags, while only its documentation is tested',
        apply: write('.cargo/config.toml', '[build]\nrustflags = ["--cfg=more"]\n'),
      },
    ])('$name: `why` says what Nix builds', async ({ apply }) => {
      apply(watched.state.workspace, watched.state)
      const { nix, told } = await rebuilds(watched)
      expect(told.toSorted()).toEqual(nix.toSorted())
    })
  },
)

/** A library of the workspace that another one and a test of its own link. */
const LIBRARIES = {
  'Cargo.toml':
    '[workspace]\nmembers = ["base", "above"]\nresolver = "2"\n[workspace.metadata.cargo2nix]\ninterfaces = []\n',
  'Cargo.lock':
    'version = 4\n\n[[package]]\nname = "above"\nversion = "0.1.0"\ndependencies = [\n "base",\n]\n\n[[package]]\nname = "base"\nversion = "0.1.0"\n',
  'base/Cargo.toml': '[package]\nname = "base"\nversion = "0.1.0"\nedition = "2021"\n',
  'base/src/lib.rs': '',
  'base/tests/links.rs': '',
  'above/Cargo.toml':
    '[package]\nname = "above"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\nbase = { path = "../base" }\n',
  'above/src/lib.rs': '',
  'above/src/main.rs': 'fn main() {}\n',
}

describe.skipIf(missing !== undefined)(
  `interfaces${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    let watched: Watched
    beforeAll(async () => {
      watched = await watch(folderWith(LIBRARIES), await machinePackageSet(), {}, [])
      await rebuilds(watched)
    })
    afterAll(() => removeFolders([watched.state.workspace, watched.cargo.folder]))

    // What was built before is still in the store when an interface goes.
    test.each<Edit & { readonly isThere: boolean }>([
      { name: 'one comes', apply: replace('Cargo.toml', '[]', '["base"]'), isThere: true },
      { name: 'it goes', apply: replace('Cargo.toml', '["base"]', '[]'), isThere: false },
    ])('$name: `why` says what Nix builds', async ({ apply, isThere }) => {
      apply(watched.state.workspace, watched.state)
      const { nix, told } = await rebuilds(watched)
      if (isThere) expect(told.toSorted()).toEqual(nix.toSorted())
      expect(told.filter((unit) => unit.startsWith('base '))).toEqual(isThere ? ['base 0.1.0 lib base'] : [])
    })
  },
)

/** A published package in the lockfile of the fixture. */
function locked(name: string): string {
  const entries = readFileSync(join(fixture, 'Cargo.lock'), 'utf8').split('\n\n')
  return `${entries.find((entry) => entry.includes(`name = "${name}"\n`))!}\n\n`
}

/** Only a binary links the two libraries; one has a build script. */
const PUBLISHED = {
  'Cargo.toml': '[workspace]\nmembers = ["tool"]\nresolver = "2"\n',
  'Cargo.lock': `version = 4\n\n${locked('cfg-if')}${locked('libc')}[[package]]\nname = "tool"\nversion = "0.1.0"\ndependencies = [\n "cfg-if",\n "libc",\n]\n`,
  'tool/Cargo.toml':
    '[package]\nname = "tool"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\ncfg-if = "1"\nlibc = "0.2"\n',
  'tool/src/main.rs': 'fn main() {}\n',
}

describe.skipIf(missing !== undefined)(
  `interfaces of published libraries that no library reads${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    let watched: Watched
    beforeAll(async () => {
      const env = { CARGO_HOME: process.env['CARGO_HOME'] }
      watched = await watch(folderWith(PUBLISHED), await machinePackageSet(), env, [])
      await rebuilds(watched)
    })
    afterAll(() => removeFolders([watched.state.workspace, watched.cargo.folder]))

    test('`why` says what Nix builds', async () => {
      const { workspace } = watched.state
      append('Cargo.toml', '[workspace.metadata.cargo2nix]\ninterfaces = "all"')(workspace, watched.state)
      const { nix, told } = await rebuilds(watched)
      expect(told.toSorted()).toEqual(nix.toSorted())
      expect(nix.map((unit) => unit.split(' ')[0]).toSorted()).toEqual(['cfg-if', 'tool', 'tool'])
    })
  },
)

/** With a library that has a build script. */
const VARIABLES = {
  ...LIBRARIES,
  '.cargo/config.toml':
    '[env]\nFILE = { value = "said.txt", relative = true }\nFOLDER = { value = "made", relative = true }\n',
  'said.txt': 'one\n',
  'base/build.rs': 'fn main() { println!("cargo::rerun-if-changed=build.rs"); }\n',
}

describe.skipIf(missing !== undefined)(
  `variables that are paths${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    let watched: Watched
    beforeAll(async () => {
      watched = await watch(folderWith(VARIABLES), await machinePackageSet(), {}, [])
      await rebuilds(watched)
    })
    afterAll(() => removeFolders([watched.state.workspace, watched.cargo.folder]))

    test.each<Edit & { readonly count: number }>([
      {
        name: 'interfaces, while a path does not exist',
        apply: replace('Cargo.toml', '[]', '"all"'),
        count: 4,
      },
      { name: 'a file', apply: append('said.txt', 'two'), count: 9 },
      { name: 'what is in a directory that comes', apply: write('made/here.txt', 'one\n'), count: 9 },
      { name: 'what is in a directory', apply: append('made/here.txt', 'two'), count: 9 },
      { name: 'what no variable names', apply: write('other.txt', 'one\n'), count: 0 },
    ])('$name: `why` says what Nix builds', async ({ apply, count }) => {
      apply(watched.state.workspace, watched.state)
      const { nix, told } = await rebuilds(watched)
      expect(told.toSorted()).toEqual(nix.toSorted())
      expect(nix.length).toBe(count)
    })
  },
)

/** A build script, a macro's user and a test that look for the workspace, and units beside them that do not. */
const ASKING = {
  'Cargo.toml': '[workspace]\nmembers = ["asks", "climbs", "macros", "other"]\nresolver = "2"\n',
  'Cargo.lock':
    'version = 4\n\n[[package]]\nname = "asks"\nversion = "0.1.0"\ndependencies = [\n "macros",\n]\n\n' +
    locked('cfg-if') +
    '[[package]]\nname = "climbs"\nversion = "0.1.0"\n\n' +
    '[[package]]\nname = "macros"\nversion = "0.1.0"\n\n' +
    '[[package]]\nname = "other"\nversion = "0.1.0"\ndependencies = [\n "cfg-if",\n]\n',
  'asks/Cargo.toml':
    '[package]\nname = "asks"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\nmacros = { path = "../macros" }\n',
  'asks/src/lib.rs': '',
  'asks/build.rs': '// "cargo" "metadata"\nfn main() { println!("cargo::rerun-if-changed=build.rs"); }\n',
  'climbs/Cargo.toml': '[package]\nname = "climbs"\nversion = "0.1.0"\nedition = "2021"\n',
  'climbs/src/lib.rs': '',
  'climbs/tests/climbs.rs': '// CARGO_MANIFEST_DIR .ancestors() "Cargo.toml"\n',
  'climbs/tests/asks.rs': '// "cargo" "locate-project"\n',
  'climbs/tests/calls.rs': '// "cargo" "metadata"\n',
  'climbs/tests/plain.rs': '',
  'macros/Cargo.toml':
    '[package]\nname = "macros"\nversion = "0.1.0"\nedition = "2021"\n[lib]\nproc-macro = true\n',
  'macros/src/lib.rs': '// CARGO_MANIFEST_DIR .ancestors() "Cargo.toml"\n',
  'other/Cargo.toml':
    '[package]\nname = "other"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\ncfg-if = "1"\n',
  'other/src/lib.rs': '',
}

describe.skipIf(missing !== undefined)(
  `targets and manifests of other packages${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    let watched: Watched
    beforeAll(async () => {
      const env = { CARGO_HOME: process.env['CARGO_HOME'] }
      watched = await watch(folderWith(ASKING), await machinePackageSet(), env, [])
      await rebuilds(watched)
    })
    afterAll(() => removeFolders([watched.state.workspace, watched.cargo.folder]))

    const ASKERS = [
      'asks 0.1.0 lib asks',
      'asks 0.1.0 run',
      'climbs 0.1.0 test asks',
      'climbs 0.1.0 test climbs',
    ]
    test.each<Edit & { readonly isSeen: boolean }>([
      { name: 'a test comes', apply: write('other/tests/new.rs', ''), isSeen: true },
      { name: 'a benchmark comes', apply: write('other/benches/new.rs', ''), isSeen: true },
      { name: 'a binary comes', apply: write('other/src/bin/new.rs', 'fn main() {}\n'), isSeen: true },
      { name: 'the code of one changes', apply: comment('other/src/bin/new.rs'), isSeen: false },
      { name: 'one goes', apply: remove('other/benches/new.rs'), isSeen: true },
      { name: 'a file that is no target', apply: write('other/data/new.rs', ''), isSeen: false },
      { name: 'a manifest', apply: append('other/Cargo.toml', '# A comment.'), isSeen: true },
      {
        name: 'a published package goes',
        apply: all(
          replace('other/Cargo.toml', 'cfg-if = "1"\n', ''),
          replace('Cargo.lock', locked('cfg-if'), ''),
          replace('Cargo.lock', 'dependencies = [\n "cfg-if",\n]\n', ''),
        ),
        isSeen: true,
      },
    ])('$name: `why` says what Nix builds', async ({ apply, isSeen }) => {
      apply(watched.state.workspace, watched.state)
      const { nix, told } = await rebuilds(watched)
      expect(told.toSorted()).toEqual(nix.toSorted())
      for (const unit of ASKERS) expect(told.includes(unit), unit).toBe(isSeen)
      expect(told).not.toContain('climbs 0.1.0 test plain')
    })
  },
)

function expectDifference(found: readonly string[], expected: Difference | undefined, what: string): void {
  const unexpected = found.filter((unit) => expected === undefined || !expected.units.test(unit))
  expect(unexpected, what).toEqual([])
  expect(found.length > 0, `${what}: ${expected?.reason}`).toBe(expected !== undefined)
}
