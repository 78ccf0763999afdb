import { execFile } from "node:child_process"
import { readFileSync } from "node:fs"
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import * as Cli from "../support/Cli.js"

const root = process.cwd()

/** Runs a program of node in a directory. */
const node = (directory: string, ...args: ReadonlyArray<string>) =>
  Effect.callback<{ readonly exitCode: number; readonly output: string }>((resume) => {
    const child = execFile(process.execPath, args, { cwd: directory }, (_error, stdout, stderr) =>
      resume(Effect.succeed({ exitCode: child.exitCode ?? -1, output: stdout + stderr }))
    )
    return Effect.sync(() => child.kill("SIGKILL"))
  })

/** A new project with the packages of this one, and this one as its dependency. */
const create = Effect.fnUntraced(function* (name: string) {
  const fs = yield* FileSystem.FileSystem
  const directory = `${yield* fs.makeTempDirectoryScoped()}/${name}`
  const outcome = yield* Cli.run("create", directory)
  return { directory, outcome }
})

describe("create", () => {
  it.effect(
    "makes a project whose types hold and whose test passes",
    () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const { directory, outcome } = yield* create("My Digits")
        assert.strictEqual(outcome.exitCode, 0, outcome.stderr)
        const manifest = JSON.parse(yield* fs.readFileString(`${directory}/package.json`))
        const own = JSON.parse(readFileSync("package.json", "utf8"))
        assert.strictEqual(manifest.name, "my-digits")
        assert.deepStrictEqual(manifest.dependencies, {
          "@effect/platform-node": own.devDependencies["@effect/platform-node"],
          effect: own.devDependencies.effect,
          "effect-tensorflow": own.version
        })
        assert.include(yield* fs.readFileString(`${directory}/.gitignore`), "node_modules")

        yield* fs.makeDirectory(`${directory}/node_modules/@types`, { recursive: true })
        yield* fs.symlink(root, `${directory}/node_modules/effect-tensorflow`)
        for (const name of ["effect", "@effect", "tsx", "@types/node"]) {
          yield* fs.symlink(`${root}/node_modules/${name}`, `${directory}/node_modules/${name}`)
        }
        const types = yield* node(directory, `${root}/node_modules/typescript/bin/tsc`)
        assert.strictEqual(types.exitCode, 0, types.output)
        const tested = yield* node(directory, "--import", "tsx", "--test", "test/main.test.ts")
        assert.strictEqual(tested.exitCode, 0, tested.output)
        assert.match(tested.output, /pass 1/)
      }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)),
    120_000
  )

  it.effect("leaves a directory with files as it is", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const directory = yield* fs.makeTempDirectoryScoped()
      yield* fs.writeFileString(`${directory}/mine.txt`, "mine")
      const { exitCode, stderr } = yield* Cli.run("create", directory)
      assert.strictEqual(exitCode, 1)
      assert.include(stderr, "is not empty (mine.txt)")
      assert.deepStrictEqual(yield* fs.readDirectory(directory), ["mine.txt"])
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )
})
