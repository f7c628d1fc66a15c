/** Text for people, in which the addresses lack user names and passwords: messages end up in logs. */
export function withoutCredentials(text: string): string {
  return text.replaceAll(/(?<=[a-z]:\/\/)[^\s/?#@`'"]+@/gi, '')
}
