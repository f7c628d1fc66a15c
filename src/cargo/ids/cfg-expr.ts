/**
 * The `X` of `[target.X.dependencies]`: a target's name, or `cfg(…)`.
 *
 * In: the text of such a key, and what is set for a target (`CfgSet`, from `target-cfg.ts`).
 * Out: the parsed platform, and whether it includes the target.
 * Mirrors the crate `cargo-platform` 0.3.3, and accepts and refuses exactly the same texts: only spaces
 * separate tokens, `true` and `false` are literals even when written `r#true`, `all`, `any` and `not` are
 * names only when written raw, and strings have no escapes. A name that is not set is false.
 */
import { Cargo2NixError } from '../../errors.ts'

/** What is set for a target. Names and keys are without `r#`. */
export interface CfgSet {
  /** `unix`, `debug_assertions`, … */
  readonly names: ReadonlySet<string>
  /** `target_os` to `linux`, `target_feature` to `sse`, `sse2`, … */
  readonly values: ReadonlyMap<string, ReadonlySet<string>>
}

/** What rustc prints about a target: maps a cfg's name to its values; no values: a bare name. */
export type CfgRow = ReadonlyMap<string, readonly string[]>

export type CfgExpr =
  | { readonly kind: 'true' | 'false' }
  | { readonly kind: 'not'; readonly operand: CfgExpr }
  | { readonly kind: 'all' | 'any'; readonly operands: readonly CfgExpr[] }
  | { readonly kind: 'name'; readonly name: string; readonly raw: boolean }
  | { readonly kind: 'value'; readonly key: string; readonly value: string; readonly raw: boolean }

export type Platform =
  { readonly kind: 'target'; readonly name: string } | { readonly kind: 'cfg'; readonly expr: CfgExpr }

type Token =
  | { readonly kind: '(' | ')' | ',' | '=' }
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'identifier'; readonly text: string; readonly raw: boolean }

interface Parsed {
  readonly expr: CfgExpr
  /** Index of the first token after the expression. */
  readonly next: number
}

interface Input {
  readonly text: string
  readonly tokens: readonly Token[]
}

const TOKEN = / *(?:([(),=])|"([^"]*)"|(r#)?([A-Za-z_][A-Za-z0-9_]*))/y

/** Cargo's parser is limited only by its stack, and crashes without a message when it overflows. */
const MAX_DEPTH = 500

const platforms = new Map<string, Platform>()

/**
 * Parses a target's name or a `cfg(…)`. Results are cached by text.
 *
 * @throws Cargo2NixError `bad-manifest` if cargo would refuse it, too.
 */
export function parsePlatform(text: string): Platform {
  const known = platforms.get(text)
  if (known !== undefined) return known
  const platform: Platform =
    text.startsWith('cfg(') && text.endsWith(')')
      ? { kind: 'cfg', expr: parseCfgExpr(text.slice(4, -1)) }
      : { kind: 'target', name: targetName(text) }
  platforms.set(text, platform)
  return platform
}

/**
 * Parses the text between the parentheses of `cfg(…)`.
 *
 * @throws Cargo2NixError `bad-manifest` if cargo would refuse it, too.
 */
export function parseCfgExpr(text: string): CfgExpr {
  const tokens = tokenize(text)
  const { expr, next } = parseAt({ text, tokens }, 0, 0)
  if (next < tokens.length) throw badCfg(text, `${shown(tokens[next])} follows a complete expression`)
  return expr
}

/**
 * Whether a platform includes a target.
 *
 * @param triple the target's name; for a custom target, the name of its JSON file without `.json`
 */
export function platformMatches(platform: Platform, triple: string, cfgs: CfgSet): boolean {
  return platform.kind === 'target' ? platform.name === triple : cfgMatches(platform.expr, cfgs)
}

/**
 * Whether a key of the configuration's `[target]` tables is a `cfg(…)` that holds. Cargo ignores one that is
 * not an expression.
 */
export function keyHolds(key: string, triple: string, cfgs: CfgSet): boolean {
  if (!key.startsWith('cfg(')) return false
  try {
    return platformMatches(parsePlatform(key), triple, cfgs)
  } catch (error) {
    if (error instanceof Cargo2NixError) return false
    throw error
  }
}

/** Whether an expression holds if exactly these cfgs are set. */
export function cfgMatches(expr: CfgExpr, cfgs: CfgSet): boolean {
  switch (expr.kind) {
    case 'true':
      return true
    case 'false':
      return false
    case 'not':
      return !cfgMatches(expr.operand, cfgs)
    case 'all':
      return expr.operands.every((operand) => cfgMatches(operand, cfgs))
    case 'any':
      return expr.operands.some((operand) => cfgMatches(operand, cfgs))
    case 'name':
      return cfgs.names.has(expr.name)
    case 'value':
      return cfgs.values.get(expr.key)?.has(expr.value) === true
  }
}

function targetName(text: string): string {
  const bad = /[^\p{Alphabetic}\p{N}_.-]/u.exec(text)?.[0]
  if (bad === undefined) return text
  const hint = text.includes('(') ? 'Conditions are written `cfg(…)`, the whole of it.' : undefined
  throw new Cargo2NixError({
    code: 'bad-manifest',
    message: `invalid target \`${text}\`: a target's name cannot hold \`${bad}\``,
    hint,
  })
}

function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    TOKEN.lastIndex = at
    const match = TOKEN.exec(text)
    if (match === null) {
      const rest = text.slice(at).replace(/^ +/, '')
      if (rest === '') break
      throw badCfg(text, reasonAt(rest))
    }
    tokens.push(tokenOf(match))
    at = TOKEN.lastIndex
  }
  return tokens
}

function tokenOf([, sign, string, raw, identifier]: RegExpExecArray): Token {
  if (identifier !== undefined) return { kind: 'identifier', text: identifier, raw: raw !== undefined }
  if (string !== undefined) return { kind: 'string', text: string }
  return { kind: sign as '(' | ')' | ',' | '=' }
}

function reasonAt(rest: string): string {
  return rest.startsWith('"')
    ? 'a string has no end'
    : `\`${String.fromCodePoint(rest.codePointAt(0) ?? 0)}\` is unexpected`
}

function parseAt(input: Input, at: number, depth: number): Parsed {
  const token = input.tokens[at]
  if (token?.kind !== 'identifier') throw expected(input, at, 'a name')
  if (depth > MAX_DEPTH) throw badCfg(input.text, `it is nested more than ${MAX_DEPTH} deep`)
  if (token.raw) return parseOption(input, at, token.text, true)
  switch (token.text) {
    case 'all':
    case 'any':
      return parseList(input, at, token.text, depth)
    case 'not': {
      const { expr, next } = parseAt(input, eat(input, at + 1, '('), depth + 1)
      return { expr: { kind: 'not', operand: expr }, next: eat(input, next, ')') }
    }
    default:
      return parseOption(input, at, token.text, false)
  }
}

function parseList(input: Input, at: number, kind: 'all' | 'any', depth: number): Parsed {
  const operands: CfgExpr[] = []
  let next = eat(input, at + 1, '(')
  while (input.tokens[next]?.kind !== ')') {
    const operand = parseAt(input, next, depth + 1)
    operands.push(operand.expr)
    next = operand.next
    if (input.tokens[next]?.kind !== ',') break
    next += 1
  }
  return { expr: { kind, operands }, next: eat(input, next, ')') }
}

function parseOption(input: Input, at: number, name: string, raw: boolean): Parsed {
  if (input.tokens[at + 1]?.kind !== '=') {
    return {
      expr: name === 'true' || name === 'false' ? { kind: name } : { kind: 'name', name, raw },
      next: at + 1,
    }
  }
  const value = input.tokens[at + 2]
  if (value?.kind !== 'string') throw expected(input, at + 2, 'a string')
  return { expr: { kind: 'value', key: name, value: value.text, raw }, next: at + 3 }
}

function eat(input: Input, at: number, kind: '(' | ')'): number {
  if (input.tokens[at]?.kind !== kind) throw expected(input, at, `\`${kind}\``)
  return at + 1
}

function expected({ text, tokens }: Input, at: number, what: string): Cargo2NixError {
  return badCfg(
    text,
    at < tokens.length ? `${what} must stand where ${shown(tokens[at])} is` : `it ends before ${what}`,
  )
}

function shown(token: Token | undefined): string {
  if (token?.kind === 'identifier') return `\`${token.text}\``
  return token?.kind === 'string' ? `"${token.text}"` : `\`${token?.kind}\``
}

function badCfg(text: string, reason: string): Cargo2NixError {
  return new Cargo2NixError({
    code: 'bad-manifest',
    message: `invalid condition \`cfg(${text})\`: ${reason}`,
  })
}
