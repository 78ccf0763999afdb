/** Runs compiled examples one after the other in this process: `run.ts RESULTS FILE...`; appends a line of JSON to RESULTS for each thing that happens. */
import { appendFileSync } from "node:fs"
import { basename } from "node:path"
import { pathToFileURL } from "node:url"
import { inspect } from "node:util"
import { same } from "./same.js"

/** What happened in an example. */
export type Happened =
  | { readonly _tag: "Asserted"; readonly name: string; readonly assertion: number; readonly failure?: string }
  | { readonly _tag: "Ended"; readonly name: string; readonly failure?: string }

const [results = "", ...files] = process.argv.slice(2)
const tell = (happened: Happened) => appendFileSync(results, `${JSON.stringify(happened)}\n`)
let name = ""

Object.assign(globalThis, {
  __same: (assertion: number, actual: unknown, expected: unknown) => {
    const failure = same(actual, expected) ? {} : { failure: `is ${inspect(actual)}, not ${inspect(expected)}` }
    tell({ _tag: "Asserted", name, assertion, ...failure })
  }
})

for (const file of files) {
  name = basename(file, ".js")
  try {
    await import(pathToFileURL(file).href)
    tell({ _tag: "Ended", name })
  } catch (error) {
    tell({ _tag: "Ended", name, failure: error instanceof Error ? (error.stack ?? error.message) : inspect(error) })
  }
}
