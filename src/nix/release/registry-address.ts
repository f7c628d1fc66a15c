/** Repositories in container registries: `docker://HOST/NAME`, as skopeo has them. */
import { Cargo2NixError } from '../../errors.ts'
import { withoutCredentials } from '../../without-credentials.ts'

const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const REPOSITORY = new RegExp(
  `^docker://([a-zA-Z0-9.-]+(?::\\d+)?|\\[[0-9a-f:]+\\](?::\\d+)?)((?:/${COMPONENT})+)$`,
)

/**
 * `HOST/NAME` of a repository.
 *
 * @param flag that names it, for the error
 * @throws Cargo2NixError `bad-argument`
 */
export function parseRepository(text: string, flag: string): string {
  const [, host, name] = REPOSITORY.exec(text.replace(/\/$/, '')) ?? []
  if (host !== undefined && name !== undefined) return `${host}${name}`
  throw new Cargo2NixError({
    code: 'bad-argument',
    message: `\`${flag}\`: ${JSON.stringify(withoutCredentials(text))} is not a repository of a registry`,
    hint: 'write docker://HOST/NAME in lower case and without a tag, such as docker://docker.io/owner/name; keys come from DOCKER_AUTH_CONFIG or the file that REGISTRY_AUTH_FILE names',
  })
}
