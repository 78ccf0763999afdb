import { readFile } from "node:fs/promises"
import { assert, it } from "@effect/vitest"
import { render } from "../../scripts/contracts.js"

it("docs/contracts.md shows the tables as they are", async () => {
  assert.strictEqual(await readFile("docs/contracts.md", "utf8"), await render(), "write it again: npm run contracts")
})
