import { createRequire } from "node:module"
import { basename, dirname } from "node:path"
import { fileURLToPath } from "node:url"
import { Effect, FileSystem, Path, Schema } from "effect"
import { FileError, fileError, makeDirectories, writeAtomic } from "../services/files/Files.js"
import type * as Flags from "./Flags.js"

const template = fileURLToPath(new URL("../../examples/starter/", import.meta.url))

const { version } = Schema.decodeUnknownSync(Schema.Struct({ version: Schema.String }))(
  createRequire(import.meta.url)("../../package.json")
)

/** The name of a package, from that of its directory. */
const packageName = (directory: string): string =>
  basename(directory)
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[._-]+|-+$/g, "") || "starter"

/** A file of the new project. npm would leave a `.gitignore` out of the package, so it has another name there. */
const nameOf = (file: string): string => (file === "gitignore" ? ".gitignore" : file)

const contentOf = (file: string, text: string, directory: string): string =>
  file === "package.json"
    ? text
        .replace('"name": "starter"', `"name": ${JSON.stringify(packageName(directory))}`)
        .replace(/"effect-tensorflow": "[^"]*"/, `"effect-tensorflow": "${version}"`)
    : text

/** `create`: a project with a program and its test, in a new or empty directory. */
export const run = Effect.fnUntraced(function* ({ directory: given }: Flags.Input<typeof Flags.create>) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const directory = path.resolve(given)
  const cannot = Effect.mapError(fileError(`could not make ${directory}`))
  yield* cannot(makeDirectories(directory))
  const there = yield* cannot(fs.readDirectory(directory))
  if (there.length > 0) {
    return yield* new FileError({
      reason: `${directory} is not empty (${there.slice(0, 3).join(", ")}${there.length > 3 ? ", ..." : ""})`,
      fix: "name a directory that is new or empty"
    })
  }
  const files: Array<string> = []
  const names = yield* cannot(fs.readDirectory(template, { recursive: true }))
  // Where the template was tried itself, it has these too.
  for (const file of names.filter((name) => !/^(node_modules|runs)\b/.test(name)).sort()) {
    const source = path.join(template, file)
    if ((yield* cannot(fs.stat(source))).type !== "File") continue
    const to = path.join(directory, nameOf(file))
    yield* cannot(makeDirectories(dirname(to)))
    yield* writeAtomic(to, contentOf(file, yield* cannot(fs.readFileString(source)), directory))
    files.push(nameOf(file))
  }
  return { directory, files }
})

export const schema = Schema.Struct({ directory: Schema.String, files: Schema.Array(Schema.String) })

export const text = ({ directory, files }: typeof schema.Type): string =>
  `${directory}: ${files.join(", ")}
next: cd ${directory} && npm install && npm start`
