/**
 * Random tests begin with the same seed in every run, so that a run tells about a change and not about luck.
 * `FAST_CHECK_SEED` takes another one, to look further.
 */
import { env } from 'node:process'
import fc from 'fast-check'

fc.configureGlobal({ seed: Number(env['FAST_CHECK_SEED'] ?? 1) })
