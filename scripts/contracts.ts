/** `npm run contracts` writes docs/contracts.md: every thing that has a reference value, beside it, from the tables that the tests run. */
import { readdirSync, writeFileSync } from "node:fs"
import { basename, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import type { Row } from "../test/contract/Row.js"

const page = "docs/contracts.md"
const folder = "test/contract"

const titleOf = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1)

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ")

const table = (name: string, rows: ReadonlyArray<Row>): string =>
  [
    `## ${titleOf(name)}`,
    "",
    `\`${folder}/${name}.ts\``,
    "",
    "| what | reference value | tolerance | source |",
    "| --- | --- | --- | --- |",
    ...rows.map((row) => `| ${[row.name, row.reference, row.tolerance, row.source].map(cell).join(" | ")} |`)
  ].join("\n")

/** The tables, in the order of their names. */
const names = readdirSync(folder)
  .filter((file) => /^[a-z][a-zA-Z]*\.ts$/.test(file))
  .map((file) => basename(file, ".ts"))
  .sort()

/** The page as the tables say now. */
export const render = async (): Promise<string> => {
  const tables: Array<string> = []
  for (const name of names) {
    const { rows }: { readonly rows: ReadonlyArray<Row> } = await import(
      pathToFileURL(resolve(folder, `${name}.ts`)).href
    )
    tables.push(table(name, rows))
  }
  return `# Contracts

Each row is a test: ours is computed, and compared with a value that another library, or the paper's own program, gave for the same input. The scripts that made the values are \`test/golden/make_*.py\`.
This page is made by \`npm run contracts\`; a test fails when it is out of date.

${tables.join("\n\n")}
`
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) writeFileSync(page, await render())
