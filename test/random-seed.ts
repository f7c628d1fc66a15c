/**
 * Random tests start with the same seed in every run, so that a failure is caused by a change and not by chance.
 * `FAST_CHECK_SEED` sets another one, to look further.
 */
import { env } from 'node:process'
import fc from 'fast-check'

fc.configureGlobal({ seed: Number(env['FAST_CHECK_SEED'] ?? 1) })
