/** What all pages share: a single file, no network, light and dark, for screen and paper. */
import { html, rawHtml, type Html } from './html.ts'

/** A whole page. `script` is our own plain JavaScript, `style` our own rules besides those of all pages. */
export function page({
  title,
  body,
  style = '',
  script = '',
}: {
  readonly title: string
  readonly body: Html
  readonly style?: string
  readonly script?: string
}): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
        />
        <title>${title}</title>
        <style>
          ${rawHtml(STYLE + style)}
        </style>
      </head>
      <body>
        ${body}
        <script>
          ${rawHtml(script)}
        </script>
      </body>
    </html> `.html
}

const STYLE = `
:root { color-scheme: light dark; --text: #1b1f24; --faint: #57606a; --back: #ffffff; --panel: #f4f6f8; --line: #d0d7de; --accent: #0550ae; --bad: #a40e26; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6edf3; --faint: #9da7b3; --back: #0d1117; --panel: #161b22; --line: #30363d; --accent: #79c0ff; --bad: #ff9492; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
a { color: var(--accent); }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 1rem; top: 1rem; background: var(--back); padding: .5rem; }
header, main { max-width: 76rem; margin: 0 auto; padding: 1rem; }
h1 { margin: .5rem 0 0; font-size: 1.6rem; }
h2 { margin: 2.5rem 0 .5rem; font-size: 1.2rem; }
.faint { color: var(--faint); }
.bad { color: var(--bad); font-weight: 600; }
nav ul, .figures { display: flex; flex-wrap: wrap; gap: .5rem 1rem; list-style: none; padding: 0; margin: 1rem 0 0; }
.figures li { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: .5rem .9rem; }
.figures b { display: block; font-size: 1.3rem; }
.scroll { overflow-x: auto; }
.scroll:focus { outline: 2px solid var(--accent); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--faint); padding-bottom: .4rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .7rem .3rem 0; border-bottom: 1px solid var(--line); }
th[scope=row] { font-weight: 400; }
td.number, th.number { text-align: right; padding-right: 1.4rem; }
code { font: .92em ui-monospace, monospace; white-space: nowrap; }
input[type=search] { width: 100%; max-width: 28rem; padding: .45rem .6rem; font: inherit; color: inherit; background: var(--back); border: 1px solid var(--faint); border-radius: 6px; }
input:focus-visible, a:focus-visible, summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
@media print { nav, .search { display: none; } body { font-size: 11px; } .scroll { overflow: visible; } details > * { display: block; } }
`
