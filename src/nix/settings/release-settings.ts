/**
 * Settings of releases: the table `release` of `[workspace.metadata.cargo2nix]`.
 *
 * In: the table as the schema accepts it. Out: ReleaseSettings with its defaults, except those that depend on the
 * workspace (`src/nix/plan/planned-release.ts`).
 */
import * as z from 'zod/mini'
import { recordOf } from '../../record.ts'
import { checkedFiles, checkerOf, isAbsolute, isFileName, isFilled, isRelative } from './checked-setting.ts'
import { byName, Strings } from './schemas.ts'
import { withMaps } from './schema-shape.ts'
import { settingsError } from './settings-error.ts'
import { tripleAt } from './triple-at.ts'

/** What is released for each target. Archives for Windows are zip files, whichever is named. */
export type ReleaseFormat = 'program' | 'tar.gz' | 'tar.zst' | 'zip' | 'image'

/** A kind of release, chosen by what is built. */
export interface ReleaseClass {
  readonly name: string
  /** A regular expression for the whole tag, valid in JavaScript and in POSIX; undefined: commits without a tag. */
  readonly pattern: string | undefined
}

export interface ImageSettings {
  /** As in a registry, without a tag; undefined: the release's name. */
  readonly name: string | undefined
  /** Undefined: the first package's main program. */
  readonly entrypoint: readonly string[] | undefined
  readonly command: readonly string[]
  /** `8080/tcp`. */
  readonly ports: readonly string[]
  /** A name, or numbers: `UID` or `UID:GID`. */
  readonly user: string
  readonly environment: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
  /** Absolute path in the image -> path in the workspace. */
  readonly files: Readonly<Record<string, string>>
  readonly certificates: boolean
  readonly timeZones: boolean
}

export interface ReleaseCheck {
  /** With which a program must succeed, by the program's name; `*` for all others. */
  readonly arguments: Readonly<Record<string, readonly string[]>>
  /** Triples for which the tests of the packages run. */
  readonly integrationTests: readonly string[]
  /** Triples whose programs may have code for newer processors, which they choose when they run. */
  readonly newerCode: readonly string[]
}

export interface ReleaseSettings {
  /** Undefined: the first package's. */
  readonly name: string | undefined
  /** Package names; undefined: every member with a binary. */
  readonly packages: readonly string[] | undefined
  /** A named build. */
  readonly build: string
  /** Triples; undefined: the `targets` of the settings, else the hosts. */
  readonly targets: readonly string[] | undefined
  readonly formats: readonly ReleaseFormat[]
  readonly image: ImageSettings
  /** Path in the archive -> path in the workspace. */
  readonly files: Readonly<Record<string, string>>
  /** The first that matches counts. */
  readonly classes: readonly ReleaseClass[]
  readonly check: ReleaseCheck
}

const ImageTable = z.strictObject({
  name: z.optional(z.string()),
  entrypoint: z.optional(Strings),
  command: z.optional(Strings),
  ports: z.optional(z.array(z.union([z.int(), z.string()]))),
  user: z.optional(z.string()),
  environment: z.optional(byName(z.string())),
  labels: z.optional(byName(z.string())),
  files: z.optional(byName(z.string())),
  certificates: z.optional(z.boolean()),
  'time-zones': z.optional(z.boolean()),
})

const ClassTable = z.strictObject({ name: z.string(), pattern: z.optional(z.string()) })

const CheckTable = z.strictObject({
  arguments: z.optional(z.union([Strings, byName(Strings)])),
  'integration-tests': z.optional(Strings),
  'newer-code': z.optional(Strings),
})

const ReleaseTable = z.strictObject({
  name: z.optional(z.string()),
  packages: z.optional(Strings),
  build: z.optional(z.string()),
  targets: z.optional(Strings),
  formats: z.optional(z.array(z.enum(['program', 'tar.gz', 'tar.zst', 'zip', 'image']))),
  image: z.optional(ImageTable),
  files: z.optional(byName(z.string())),
  classes: z.optional(z.array(ClassTable)),
  check: z.optional(CheckTable),
})

/** A tag like v1.2.3, any other tag, a commit. */
export const DEFAULT_CLASSES: readonly ReleaseClass[] = [
  { name: 'stable', pattern: 'v[0-9]+[.][0-9]+[.][0-9]+' },
  { name: 'extra', pattern: '.*' },
  { name: 'development', pattern: undefined },
]

/** What the other settings name. */
export interface NamedElsewhere {
  /** Triples of hosts and targets. */
  readonly targets: readonly string[]
  readonly builds: readonly string[]
}

/**
 * Validates the table and fills in the defaults.
 *
 * @param path the manifest that holds the table
 * @throws Cargo2NixError `bad-settings`, `unknown-target`
 */
export function parseRelease(value: unknown, path: string, named: NamedElsewhere): ReleaseSettings {
  const parsed = z.safeParse(ReleaseTable, withMaps(ReleaseTable, value))
  if (!parsed.success) {
    const name = 'metadata.cargo2nix.release'
    throw settingsError(parsed.error.issues[0]!, { name, table: value, path, schema: ReleaseTable })
  }
  const table = parsed.data
  const check = checkerOf('release', path)
  const triples = (key: string, names: readonly string[]): readonly string[] => [
    ...new Set(names.map((name) => tripleAt(`release.${key}`, name, path))),
  ]
  const args = table.check?.arguments
  const among = (names: readonly string[]) => (given: readonly string[]) =>
    given.every((name) => names.includes(name))
  const isTarget = `targets that \`targets\` or \`hosts\` name: ${named.targets.join(', ')}`
  const isUsed = table.image !== undefined
  return {
    name: check('name', table.name, isFileName, 'a name of letters, digits and `._+-`'),
    packages: check('packages', table.packages, isFilled, 'at least one package, or leave the key out'),
    build: check(
      'build',
      table.build ?? 'default',
      (build) => named.builds.includes(build),
      `the name of a build: ${named.builds.join(', ')}`,
    ),
    targets: check(
      'targets',
      table.targets && triples('targets', table.targets),
      (given) => isFilled(given) && among(named.targets)(given),
      isTarget,
    ),
    formats: check(
      'formats',
      [
        ...new Set<ReleaseFormat>(
          table.formats ?? ['program', 'tar.gz', ...(isUsed ? ['image' as const] : [])],
        ),
      ],
      isFilled,
      'at least one format, or leave the key out',
    ),
    image: toImage(table.image ?? {}, path),
    files: checkedFiles('files', table.files, isRelative, 'a path relative to the archive', check),
    classes: checkedClasses(
      table.classes?.map(({ name, pattern }) => ({ name, pattern })),
      path,
    ),
    check: {
      arguments: args instanceof Map ? recordOf(args) : { '*': args ?? ['--version'] },
      integrationTests: check(
        'check.integration-tests',
        triples('check.integration-tests', table.check?.['integration-tests'] ?? []),
        among(named.targets),
        isTarget,
      ),
      newerCode: check(
        'check.newer-code',
        triples('check.newer-code', table.check?.['newer-code'] ?? []),
        among(named.targets),
        isTarget,
      ),
    },
  }
}

function toImage(table: z.infer<typeof ImageTable>, path: string): ImageSettings {
  const check = checkerOf('release', path)
  const ports = table.ports?.map((port) => (String(port).includes('/') ? String(port) : `${port}/tcp`))
  return {
    name: check(
      'image.name',
      table.name,
      (name) => IMAGE_NAME.test(name),
      'a repository as registries name them, in lower case and without a tag: "owner/name"',
    ),
    entrypoint: check(
      'image.entrypoint',
      table.entrypoint,
      (words) => isAbsolute(words[0] ?? ''),
      'a command whose program is an absolute path in the image: ["/bin/name"]',
    ),
    command: table.command ?? [],
    ports: check(
      'image.ports',
      ports ?? [],
      (all) => all.every(isPort),
      'ports from 1 to 65535, optionally with a protocol: [8080, "53/udp"]',
    ),
    user: check(
      'image.user',
      table.user ?? 'nonroot',
      (user) => USER.test(user),
      'a name, or numbers: "1000" or "1000:1000"',
    ),
    environment: check(
      'image.environment',
      recordOf(table.environment ?? []),
      (variables) => Object.keys(variables).every((name) => /^[^=\0]+$/.test(name)),
      'a table whose keys are names of variables, without `=`',
    ),
    labels: recordOf(table.labels ?? []),
    files: checkedFiles('image.files', table.files, isAbsolute, 'an absolute path in the image', check),
    certificates: table.certificates ?? false,
    timeZones: table['time-zones'] ?? false,
  }
}

/** As the distribution specification has it. */
const IMAGE_NAME = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/
const USER = /^(?:[a-z_][a-z0-9_-]*|\d{1,9}(?::\d{1,9})?)$/

function isPort(text: string): boolean {
  const port = /^([1-9]\d{0,4})\/(?:tcp|udp|sctp)$/.exec(text)?.[1]
  return port !== undefined && Number(port) <= 65_535
}

function checkedClasses(classes: readonly ReleaseClass[] | undefined, path: string): readonly ReleaseClass[] {
  const check = checkerOf('release', path)
  check('classes', classes, isFilled, 'at least one class, or leave the key out')
  const seen = new Set<string>()
  for (const [index, { name, pattern }] of (classes ?? []).entries()) {
    check(`classes[${index}].name`, name, isFileName, 'a name of letters, digits and `._+-`')
    check(`classes[${index}].name`, name, (each) => !seen.has(each), 'a name that no other class has')
    seen.add(name)
    check(
      `classes[${index}].pattern`,
      pattern,
      isPattern,
      'an extended regular expression for the whole tag, without backslashes and `(?`: "v[0-9]+[.][0-9]+"',
    )
  }
  return classes ?? DEFAULT_CLASSES
}

/** Nix has POSIX's expressions, where these mean something else or nothing. */
function isPattern(text: string): boolean {
  const brackets = /\[\^?\]?[^\]]*\]/g
  const rest = text.replace(brackets, 'x')
  const hasBadCount = /\{(?!\d{1,3}(?:,\d{0,3})?\})/.test(rest)
  const hasBadRange = (text.match(brackets) ?? []).some((each) => /[^[^]-[^\]]-[^\]]/.test(each))
  if (/\\|\(\?|[*+?}]\?/.test(rest) || text.includes('\\') || hasBadCount || hasBadRange) return false
  try {
    return new RegExp(text) instanceof RegExp
  } catch {
    return false
  }
}
