import { execFile } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

const root = fileURLToPath(new URL("../..", import.meta.url))
const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc")

/** A bottleneck block as one would write it, every count a literal. */
const block = (input: number, width: number, stride: number): string => {
  const output = 4 * width
  const shortcut = input === output ? "identity" : `projection(${input}, ${output}, { stride: ${stride} })`
  return `chain(residual({
    body: chain(
      named("conv1", conv(${input}, ${width}, { kernel: 1, bias: false })), named("bn1", batchNorm(${width})), relu,
      named("conv2", conv(${width}, ${width}, { stride: ${stride}, bias: false })), named("bn2", batchNorm(${width})), relu,
      named("conv3", conv(${width}, ${output}, { kernel: 1, bias: false })), named("bn3", batchNorm(${output}))
    ),
    shortcut: ${shortcut}
  }), relu)`
}

const stage = (input: number, width: number, blocks: number, stride: number): string =>
  `chain(${Array.from({ length: blocks }, (_, i) => (i === 0 ? block(input, width, stride) : block(4 * width, width, 1))).join(", ")})`

const words = "batchNorm, chain, conv, globalAvgPool, identity, linear, maxPool, named, projection, relu, residual"
const imports = `import { ${words} } from "${root}src/model/Layers.js"\nimport type { Module } from "${root}src/model/Module.js"\n`
const empty = `${imports}export const network: ReadonlyArray<Module | object> = [${words}]\n`
const resnet152 = (classes: string) => `${imports}export const network: Module<3, ${classes}> = chain(
  conv(3, 64, { kernel: 7, stride: 2 }), batchNorm(64), relu, maxPool(3, { stride: 2, padding: 1 }),
  ${stage(64, 64, 3, 1)}, ${stage(256, 128, 8, 2)}, ${stage(512, 256, 36, 2)}, ${stage(1024, 512, 3, 2)},
  globalAvgPool, linear(2048, 1000)
)\n`

/** What the compiler says of a program, and what it cost. */
const check = (source: string) =>
  Effect.acquireUseRelease(
    Effect.promise(() => mkdtemp(join(tmpdir(), "type-cost-"))),
    (folder) =>
      Effect.promise(async () => {
        await writeFile(join(folder, "network.mts"), source)
        const config = {
          extends: join(root, "tsconfig.json"),
          compilerOptions: { types: [] },
          include: ["network.mts"]
        }
        await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config))
        // The shell's `times` ends with the processor's time of what it ran, which does not depend on what else the machine does.
        const command = ["-c", '"$@"; times', "sh", process.execPath, compiler, "-p", folder]
        const { stdout } = await promisify(execFile)("sh", command)
        const [, minutes, seconds] = /(\d+)m([\d.]+)s \S+\s*$/.exec(stdout) ?? []
        return {
          errors: stdout.split("\n").filter((line) => line.includes("error TS")),
          seconds: 60 * Number(minutes) + Number(seconds)
        }
      }),
    (folder) => Effect.promise(() => rm(folder, { recursive: true }))
  )

describe.skipIf(process.platform === "win32")("a ResNet-152 of literal counts", () => {
  it.effect(
    "is checked in less than a second more than the words alone",
    () =>
      Effect.gen(function* () {
        const before = yield* check(empty)
        const after = yield* check(resnet152("1000"))
        assert.deepStrictEqual([...before.errors, ...after.errors], [])
        assert.isBelow(after.seconds - before.seconds, 1)
      }),
    120_000
  )

  it.effect(
    "is refused where its last layer gives another count",
    () =>
      Effect.gen(function* () {
        const { errors } = yield* check(resnet152("10"))
        assert.lengthOf(errors, 1)
        assert.include(errors[0]!, "network.mts")
      }),
    120_000
  )
})
