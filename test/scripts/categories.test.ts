import { readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { assert, it } from "@effect/vitest"

const indexes = ["data", "model", "train", "train/recipe", "services"].map((folder) => `src/${folder}/index.ts`)

const publicFiles = indexes.flatMap((index) =>
  [...readFileSync(index, "utf8").matchAll(/from "(\.[^"]+)"/g)].map(([, target = ""]) =>
    join(dirname(index), target.replace(/\.js$/, ".ts"))
  )
)

/** The exports of a file that have no category; the type of a schema has that of the schema. */
const without = (file: string): ReadonlyArray<string> => {
  const found = [
    ...readFileSync(file, "utf8").matchAll(
      /(?<doc>\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*)?^export (?:const|function|class|interface|type) (?<name>\w+)/gm
    )
  ].map(({ groups }) => ({ name: groups?.name ?? "", has: groups?.doc?.includes("@category") ?? false }))
  return found.filter(({ name }) => !found.some((other) => other.name === name && other.has)).map(({ name }) => name)
}

it("every public export has a category, by which the API reference groups it", () => {
  assert.isAbove(publicFiles.length, 80)
  assert.deepStrictEqual(
    publicFiles.flatMap((file) => without(file).map((name) => `${file}: ${name}`)),
    []
  )
})
