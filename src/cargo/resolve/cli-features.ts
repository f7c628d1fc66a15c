/**
 * The feature flags of cargo's command line.
 *
 * Mirrors `CliFeatures::from_command_line` in `core/resolver/features.rs` of cargo 0.96.
 */
import { Cargo2NixError } from '../../errors.ts'
import type { CliFeatures, FeatureValue } from '../compile-request.ts'
import { parseFeatureValue } from '../manifest/feature-value.ts'

/**
 * Parses the values of `--features` (several, each separated by commas or whitespace) and the two flags.
 *
 * @throws Cargo2NixError `bad-argument` for `dep:` or a second slash.
 */
export function parseCliFeatures(flags: {
  readonly features: readonly string[]
  readonly allFeatures: boolean
  readonly noDefaultFeatures: boolean
}): CliFeatures {
  const names = flags.features.flatMap((text) => text.split(/[\s,]+/)).filter((name) => name !== '')
  const features = [...new Set(names)].toSorted().map(parseCliFeature)
  return { features, allFeatures: flags.allFeatures, usesDefaultFeatures: !flags.noDefaultFeatures }
}

function parseCliFeature(text: string): FeatureValue {
  const value = parseFeatureValue(text)
  const problem =
    value.kind === 'dep'
      ? 'is not allowed to use explicit `dep:` syntax'
      : value.kind === 'dep-feature' && value.feature.includes('/')
        ? 'has more than one slash'
        : undefined
  if (problem === undefined) return value
  throw new Cargo2NixError({
    code: 'bad-argument',
    message: `--features: \`${text}\` ${problem}`,
    hint: 'write FEATURE, PACKAGE/FEATURE or DEPENDENCY/FEATURE',
  })
}
