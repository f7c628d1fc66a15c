/** What is wrong in the settings is refused: with the file, the key, what was given and what is allowed. */
import { describe, expect, test } from 'vitest'
import { Cargo2NixError } from '../src/errors.ts'
import { parseSettings } from '../src/nix/settings/settings.ts'
import { parseToml } from '../src/io/manifests/toml.ts'

const PATH = '/w/Cargo.toml'

function refusal(toml: string): { readonly message: string; readonly hint: string } {
  try {
    parseSettings(parseToml(toml, PATH, 'bad-manifest'), PATH)
  } catch (error) {
    if (!(error instanceof Cargo2NixError)) throw error
    expect(error.path).toBe(PATH)
    return { message: error.message, hint: error.hint ?? '' }
  }
  throw new Error(`${toml} was accepted`)
}

describe('values that cannot be used', () => {
  test.each([
    ['hosts = []', 'hosts', '[]', 'at least one platform'],
    ['builds.x.packages = []', 'builds.x.packages', '[]', 'at least one member'],
    [
      'builds.x = { packages = ["a"], exclude = ["b"] }',
      'builds.x.exclude',
      '["b"]',
      '`packages` or `exclude`',
    ],
    ['vendored = ""', 'vendored', '""', 'a path relative to the workspace'],
    ['vendored = "/vendor"', 'vendored', '"/vendor"', 'a path relative to the workspace'],
    ['toolchain.channel = ""', 'toolchain.channel', '""', 'a channel'],
    ['toolchain.components = ["clippy", ""]', 'toolchain.components', '""', 'names of components'],
  ])('%s', (toml, key, given, allowed) => {
    const { message, hint } = refusal(toml)
    expect(message).toBe(`metadata.cargo2nix.${key}: ${given} is not allowed here`)
    expect(hint).toContain(allowed)
  })
})

describe('wrong types', () => {
  const cases: readonly (readonly [string, string, string, string])[] = [
    ['targets = "musl64"', 'targets', '"musl64"', 'a list of strings'],
    ['targets = [1]', 'targets[0]', '1', 'a string'],
    ['hosts = { a = 1 }', 'hosts', '{"a":1}', 'a list of strings'],
    ['builds = 3', 'builds', '3', 'a table'],
    ['builds.x = []', 'builds.x', '[]', 'packages, exclude'],
    ['builds.x.all-features = "yes"', 'builds.x.all-features', '"yes"', '`true` or `false`'],
    ['builds.3.profile = 3', 'builds.3.profile', '3', 'a string'],
    ['target.x86_64-linux.static = 1', 'target.x86_64-linux.static', '1', '`true` or `false`'],
    ['toolchain.profile = "tiny"', 'toolchain.profile', '"tiny"', '"minimal" or "default" or "complete"'],
    ['git = 3', 'git', '3', '"fetchgit" or "fetchGit" or a table'],
    ['git."https://x" = "curl"', 'git.https://x', '"curl"', '"fetchgit" or "fetchGit"'],
    ['registries.x = 2026-01-01', 'registries.x', '"2026-01-01"', 'a string'],
    ['runtime = true', 'runtime', 'true', '"file" or "argument"'],
    ['interfaces = 3', 'interfaces', '3', '"heavy" or "none" or "all" or a list of strings'],
    ['interfaces = [true]', 'interfaces[0]', 'true', 'a string'],
    ['release = 1', 'release', '1', 'name, packages, build'],
    ['release.packages = "a"', 'release.packages', '"a"', 'a list of strings'],
    ['release.formats = ["deb"]', 'release.formats[0]', '"deb"', '"program" or "tar.gz"'],
    ['release.image.ports = "80"', 'release.image.ports', '"80"', 'an integer: 1 or a string'],
    ['release.image.ports = [true]', 'release.image.ports[0]', 'true', 'an integer: 1 or a string'],
    ['release.image.labels = ["a"]', 'release.image.labels', '["a"]', 'a table'],
    ['release.image.labels.a = 1', 'release.image.labels.a', '1', 'a string'],
    [
      'release.classes = { a = "b" }',
      'release.classes',
      '{"a":"b"}',
      'a list of tables with the keys name, pattern',
    ],
    ['release.classes = [{ pattern = ".*" }]', 'release.classes[0].name', 'missing', 'a string'],
    ['release.check.arguments.a = "x"', 'release.check.arguments.a', '"x"', 'write a list of strings'],
    ['release.check.arguments = [1]', 'release.check.arguments[0]', '1', 'write a string'],
    [
      'release.check.arguments = "x"',
      'release.check.arguments',
      '"x"',
      'a list of strings: ["…", "…"] or a table',
    ],
  ]
  test.each(cases)('%s', (toml, key, given, allowed) => {
    const { message, hint } = refusal(toml)
    expect(message).toContain(`metadata.cargo2nix.${key}: `)
    expect(message).toContain(given)
    expect(hint).toContain(allowed)
  })
})

describe('unknown keys', () => {
  const cases: readonly (readonly [string, string, string, string])[] = [
    ['tragets = []', '', 'tragets', 'targets'],
    ['builds.x.feature = []', '.builds.x', 'feature', 'features'],
    ['target.x86_64-linux.statics = true', '.target.x86_64-linux', 'statics', 'static'],
    ['toolchain.chanel = "1.90"', '.toolchain', 'chanel', 'channel'],
    ['release.package = []', '.release', 'package', 'packages'],
    ['release.image.lables = {}', '.release.image', 'lables', 'labels'],
    ['release.classes = [{ name = "a", patern = "b" }]', '.release.classes[0]', 'patern', 'pattern'],
    ['release.check.argument = []', '.release.check', 'argument', 'arguments'],
  ]
  test.each(cases)('%s', (toml, table, key, near) => {
    const { message, hint } = refusal(toml)
    expect(message).toBe(`metadata.cargo2nix${table}: unknown key \`${key}\``)
    expect(hint).toContain(`did you mean \`${near}\`? known are: `)
  })
})

describe('values that a release cannot have', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['packages = []', 'packages'],
    ['targets = ["x86_64-linux-musel"]', 'targets'],
    ['formats = []', 'formats'],
    ['name = "../x"', 'name'],
    ['image.name = "Owner/Name"', 'image.name'],
    ['image.name = "owner/name:tag"', 'image.name'],
    ['image.entrypoint = ["bin/x"]', 'image.entrypoint'],
    ['image.entrypoint = []', 'image.entrypoint'],
    ['image.ports = [0]', 'image.ports'],
    ['image.ports = [65536]', 'image.ports'],
    ['image.ports = ["80/http"]', 'image.ports'],
    ['image.user = "no body"', 'image.user'],
    ['image.environment."A=B" = "x"', 'image.environment'],
    ['image.environment."" = "x"', 'image.environment'],
    ['image.files."etc/x" = "x"', 'image.files'],
    ['files."/etc/x" = "x"', 'files'],
    ['files."../x" = "x"', 'files'],
    ['files.x = "../x"', 'files.x'],
    ['files.x = "/etc/passwd"', 'files.x'],
    ['classes = []', 'classes'],
    ['classes = [{ name = "a b" }]', 'classes[0].name'],
    ['classes = [{ name = "a" }, { name = "a" }]', 'classes[1].name'],
    ['classes = [{ name = "a", pattern = "v(" }]', 'classes[0].pattern'],
    ['classes = [{ name = "a", pattern = "v{1" }]', 'classes[0].pattern'],
    ['classes = [{ name = "a", pattern = "v{,3}" }]', 'classes[0].pattern'],
    ['classes = [{ name = "a", pattern = "v{1000}" }]', 'classes[0].pattern'],
    ['classes = [{ name = "a", pattern = "[a-c-e]" }]', 'classes[0].pattern'],
    ["classes = [{ name = 'a', pattern = 'v\\d+' }]", 'classes[0].pattern'],
    ['classes = [{ name = "a", pattern = "v(?=1)" }]', 'classes[0].pattern'],
    ['check.integration-tests = ["nowhere"]', 'check.integration-tests'],
    ['check.integration-tests = ["musl64"]', 'check.integration-tests'],
    ['targets = ["muslpi"]', 'targets'],
    ['build = "shipped"', 'build'],
  ]
  test.each(cases)('%s', (toml, key) => {
    const { message } = refusal(`[release]\n${toml}`)
    expect(message.startsWith(`metadata.cargo2nix.release.${key}: `)).toBe(true)
  })
})

test('what is near to a target is a name, too', () => {
  expect(refusal('targets = ["x"]').hint).not.toContain('`=`')
})
