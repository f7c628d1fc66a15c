/**
 * HTML as text: the only way for text from a workspace to get into a page.
 *
 * A template literal escapes what it interpolates, unless that came from a template literal, too.
 */

export interface Html {
  readonly html: string
}

type Interpolated = string | number | Html | readonly (string | number | Html)[]

/** A piece of HTML; what is interpolated is escaped, and lists are joined. */
export function html(parts: TemplateStringsArray, ...values: readonly Interpolated[]): Html {
  return { html: parts.reduce((text, part, index) => `${text}${textOf(values[index - 1] ?? '')}${part}`) }
}

/** Text that is already HTML: our own styles and scripts, never anything that was read. */
export function rawHtml(text: string): Html {
  return { html: text }
}

function textOf(value: Interpolated): string {
  if (typeof value === 'string' || typeof value === 'number') return escaped(String(value))
  return 'html' in value ? value.html : value.map(textOf).join('')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (mark) => ENTITIES[mark]!)
}
