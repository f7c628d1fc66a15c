/** Units as both sides name them: package, version, what is compiled. Copies for host and target have one name. */

/** What rustc is called with, or a script's run, as a name that both cargo's calls and our derivations have. */
export function unitName(
  variables: Readonly<Record<string, string | undefined>>,
  crateName: string | undefined,
  args: readonly string[] | undefined,
): string {
  const { CARGO_PKG_NAME, CARGO_PKG_VERSION } = variables
  return `${CARGO_PKG_NAME} ${CARGO_PKG_VERSION} ${args === undefined ? 'run' : `${roleOf(args)} ${crateName}`}`
}

/** `test` has rustc's test harness; a test without it is a program. */
function roleOf(args: readonly string[]): string {
  if (args.includes('--test')) return 'test'
  const types = args.filter((_, index) => args[index - 1] === '--crate-type')
  return types.length === 0 || types.includes('bin') ? 'program' : 'lib'
}

/** The texts that one list has more often than the other, sorted. */
export function moreOften(list: readonly string[], other: readonly string[]): readonly string[] {
  const left = new Map<string, number>()
  for (const each of other) left.set(each, (left.get(each) ?? 0) + 1)
  const more = list.filter((each) => {
    const count = left.get(each) ?? 0
    left.set(each, count - 1)
    return count <= 0
  })
  return more.toSorted()
}
