import { type Html, html, raw } from "./Html.js"
import { css } from "./Style.js"

/** A page, whole in itself: it loads nothing. */
export const document = ({ lead, title }: { readonly title: string; readonly lead: string }, body: Html): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${raw(css)}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p class="lead">${lead}</p>
${body}</main>
</body>
</html>
`.html

/** A part of a page. */
export const section = (title: string, body: Html): Html => html`<section><h2>${title}</h2>${body}</section>\n`

/** A table of texts. */
export const table = (headings: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): Html =>
  html`<div class="scroll"><table class="list"><thead><tr>${headings.map((heading) => html`<th scope="col">${heading}</th>`)}</tr></thead>
<tbody>${rows.map((cells) => html`<tr>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>\n`)}</tbody></table></div>`
