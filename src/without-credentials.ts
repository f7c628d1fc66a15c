/** Text for people, with user names and passwords removed from URLs: messages end up in logs. */
export function withoutCredentials(text: string): string {
  return text.replaceAll(/(?<=[a-z0-9]:\/\/)[^\s/?#@`'"]+@/gi, '')
}
