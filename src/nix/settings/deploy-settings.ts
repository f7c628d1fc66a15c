/**
 * Settings of deployments: the table `deploy` of `[workspace.metadata.cargo2nix]`, one table per member.
 *
 * In: the table as it is in the manifest. Out: DeploySettings with every default filled in, except those that depend on
 * the member's binaries.
 */
import * as z from 'zod/mini'
import { recordOf } from '../../record.ts'
import { checkerOf, isFileName, isRelative } from './checked-setting.ts'
import type { NamedElsewhere } from './release-settings.ts'
import { byName, Strings } from './schemas.ts'
import { withMaps } from './schema-shape.ts'
import { settingsError } from './settings-error.ts'

/** How a member's program runs on the machine for which it is built. */
export interface DeploySettings {
  /** A named build. */
  readonly build: string
  /** Undefined: the member's main program. */
  readonly program: string | undefined
  /** In these and in the environment, `@configuration@` and `@state@` stand for paths. */
  readonly arguments: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** A path in the workspace. */
  readonly configuration: string | undefined
  /** Below systemd's directory of states. */
  readonly stateDirectory: string
  /** Of the service. */
  readonly user: string
  /** TCP ports for a firewall. */
  readonly ports: readonly number[]
}

const DeployTable = byName(
  z.strictObject({
    build: z.optional(z.string()),
    program: z.optional(z.string()),
    arguments: z.optional(Strings),
    environment: z.optional(byName(z.string())),
    configuration: z.optional(z.string()),
    'state-directory': z.optional(z.string()),
    user: z.optional(z.string()),
    ports: z.optional(z.array(z.int())),
  }),
)

/**
 * Validates the table and fills in the defaults.
 *
 * @param path the manifest that holds the table
 * @throws Cargo2NixError `bad-settings`
 */
export function parseDeploy(
  value: unknown,
  path: string,
  named: NamedElsewhere,
): Readonly<Record<string, DeploySettings>> {
  const parsed = z.safeParse(DeployTable, withMaps(DeployTable, value))
  if (!parsed.success) {
    const name = 'metadata.cargo2nix.deploy'
    throw settingsError(parsed.error.issues[0]!, { name, table: value, path, schema: DeployTable })
  }
  return recordOf(
    [...parsed.data].map(([member, table]) => {
      const check = checkerOf(`deploy.${member}`, path)
      const environment = recordOf(table.environment ?? [])
      check('environment', Object.keys(environment), (keys) => keys.every(isVariable), 'names of variables')
      return [
        member,
        {
          build: check(
            'build',
            table.build ?? 'default',
            (build) => named.builds.includes(build),
            `the name of a build: ${named.builds.join(', ')}`,
          ),
          program: check('program', table.program, isFileName, 'the name of a binary of the member'),
          arguments: table.arguments ?? [],
          environment,
          configuration: check(
            'configuration',
            table.configuration,
            isRelative,
            'a path relative to the workspace, inside of it',
          ),
          stateDirectory: check(
            'state-directory',
            table['state-directory'] ?? member,
            isRelative,
            'a path relative to the directory of states, such as "my-program"',
          ),
          user: check('user', table.user ?? member, isUser, 'the name of a user, in lower case'),
          ports: check('ports', table.ports ?? [], (ports) => ports.every(isPort), 'ports from 1 to 65535'),
        },
      ]
    }),
  )
}

function isVariable(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)
}

function isUser(name: string): boolean {
  return /^[a-z_][a-z0-9_-]{0,30}$/.test(name)
}

function isPort(port: number): boolean {
  return port >= 1 && port <= 65_535
}
