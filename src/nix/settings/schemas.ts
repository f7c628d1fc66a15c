/** Schemas that several tables of settings use. */
import * as z from 'zod/mini'

export const Strings: z.ZodMiniArray<z.ZodMiniString> = z.array(z.string())

/** A table keyed by names that users choose, including `__proto__`, which zod's records omit. */
export function byName<T extends z.ZodMiniType>(schema: T): z.ZodMiniMap<z.ZodMiniString, T> {
  return z.map(z.string(), schema)
}
