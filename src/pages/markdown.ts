/**
 * Release notes as HTML: the part of Markdown that changelogs use.
 *
 * Headings, lists, paragraphs, code blocks; in lines: code, bold, links to web pages. Everything else is text.
 */
import { html, type Html } from './html.ts'

/** The text as HTML; headings become paragraphs, since the page has an outline of its own. */
export function markdown(text: string): Html {
  return html`${blocksOf(text.replaceAll('\r\n', '\n').split('\n')).map(blockToHtml)}`
}

interface Block {
  readonly kind: 'heading' | 'list' | 'paragraph' | 'code'
  readonly lines: readonly string[]
}

const FENCE = /^\s*(?:```|~~~)/
const ITEM = /^\s*(?:[-*+]|\d+[.)])\s+(.*)$/
const HEADING = /^#{1,6}\s+(.*?)\s*#*$/

function blocksOf(lines: readonly string[]): readonly Block[] {
  const blocks: { kind: Block['kind']; lines: string[] }[] = []
  let isOpen = false
  let isCode = false
  for (const line of lines) {
    const last = blocks.at(-1)
    if (FENCE.test(line)) {
      isCode = !isCode
      isOpen = false
      if (isCode) blocks.push({ kind: 'code', lines: [] })
    } else if (isCode) last!.lines.push(line)
    else if (line.trim() === '') isOpen = false
    else if (HEADING.test(line)) {
      blocks.push({ kind: 'heading', lines: [HEADING.exec(line)![1]!] })
      isOpen = false
    } else if (ITEM.test(line)) {
      const item = ITEM.exec(line)![1]!
      if (last?.kind === 'list') last.lines.push(item)
      else blocks.push({ kind: 'list', lines: [item] })
      isOpen = true
    } else if (isOpen && last !== undefined) last.lines.push(`${last.lines.pop()!} ${line.trim()}`)
    else {
      blocks.push({ kind: 'paragraph', lines: [line.trim()] })
      isOpen = true
    }
  }
  return blocks
}

function blockToHtml({ kind, lines }: Block): Html {
  if (kind === 'code') return html`<pre>${lines.join('\n')}</pre>`
  if (kind === 'heading') return html`<p><b>${lines.map(inline)}</b></p>`
  if (kind === 'paragraph') return html`<p>${lines.map(inline)}</p>`
  return html`<ul>
    ${lines.map((line) => html`<li>${inline(line)}</li>`)}
  </ul>`
}

const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\((https?:\/\/[^\s)]+)\)/

function inline(text: string): Html {
  const match = INLINE.exec(text)
  if (match === null) return html`${text}`
  const [whole, code, bold, label, url] = match
  const found =
    code === undefined
      ? bold === undefined
        ? html`<a href="${url!}">${label!}</a>`
        : html`<b>${bold}</b>`
      : html`<code>${code}</code>`
  return html`${text.slice(0, match.index)}${found}${inline(text.slice(match.index + whole.length))}`
}
