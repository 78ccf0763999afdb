import { spawnSync } from "node:child_process"
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { NodeServices } from "@effect/platform-node"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { isSupported } from "../../../src/services/native/Build.js"
import * as KernelFiles from "../../../src/services/native/KernelFiles.js"
import * as Locations from "../../../src/services/native/Locations.js"
import { ensure } from "../../../src/services/native/NativeInstall.js"
import * as Processor from "../../../src/services/native/Processor.js"

let folder: string
let installed: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "kernels-"))
  installed = await Effect.runPromise(
    Effect.gen(function* () {
      yield* ensure("cpu")
      return Locations.packageIn(Locations.installed(yield* Locations.cache, "cpu"))
    }).pipe(Effect.provide(NodeServices.layer))
  )
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true }))

/** The build of the kernels that a process computes a convolution with, and that convolution; `before` runs first. */
const computeWith = (options: {
  readonly env?: Record<string, string>
  readonly before?: string
  readonly layer?: string
}) => {
  const { before = "", env = {}, layer = "Backend.layerTensorFlow()" } = options
  const program = `
    import { createRequire } from "node:module"
    import * as tf from "@tensorflow/tfjs-core"
    import { Effect } from "effect"
    import { Backend } from "./src/services/backend/Backend.js"
    const require = createRequire(import.meta.url)
    ${before}
    const program = Effect.map(Backend, ({ kernels, report }) => {
      const y = tf.tidy(() => kernels.conv2d(tf.ones([1, 4, 4, 2]), tf.ones([3, 3, 2, 1]), { stride: 1, padding: 0 }).dataSync())
      console.log(JSON.stringify([report.kernels, ...y]))
    })
    for (let time = 0; time < 2; time++) await Effect.runPromise(Effect.provide(program, ${layer}))`
  const { status, stderr, stdout } = spawnSync(
    process.execPath,
    ["--import", "tsx", "--input-type=module", "--eval", program],
    { env: { ...process.env, ...env }, encoding: "utf8" }
  )
  assert.strictEqual(status, 0, stderr)
  const [first, second] = stdout
    .trim()
    .split("\n")
    .map((line): ReadonlyArray<unknown> => JSON.parse(line))
  assert.deepStrictEqual(second, first)
  assert.deepStrictEqual(first?.slice(1), [18, 18, 18, 18])
  return first?.[0]
}

/** The same installation without kernels, named by the variable. */
const withoutKernels = (name: string) => {
  const root = join(folder, name)
  const directory = Locations.packageIn(root)
  mkdirSync(dirname(Locations.binaryPath(directory)), { recursive: true })
  for (const part of ["package.json", "dist"]) symlinkSync(join(installed, part), join(directory, part))
  for (const path of [Locations.binaryPath, Locations.stderrPath]) symlinkSync(path(installed), path(directory))
  return { directory, env: { EFFECT_TENSORFLOW_NATIVE: root } }
}

const build = (set: string) => `${set} ${KernelFiles.digest()}`
const [fastest = "portable"] = Processor.instructionSets()

describe.runIf(isSupported)("this library's kernels", { timeout: 60_000 }, () => {
  it("compute with the fastest instructions of the processor", () => {
    assert.strictEqual(computeWith({}), build(fastest))
  })

  it.each([
    ["SSE41", "portable"],
    ["AVX2", fastest === "avx512" ? "avx2" : fastest]
  ])("capped at %s are those for %s", (cap, set) => {
    assert.strictEqual(computeWith({ env: { ONEDNN_MAX_CPU_ISA: cap } }), build(set))
  })

  it("leave it to TensorFlow where that is asked for", () => {
    assert.isNull(computeWith({ layer: `Backend.layerTensorFlow({ kernels: "tensorflow" })` }))
  })

  it("leave it to TensorFlow where they are not built", () => {
    assert.isNull(computeWith({ env: withoutKernels("none").env }))
  })

  it("leave it to TensorFlow where a file is broken", () => {
    const { directory, env } = withoutKernels("broken")
    for (const set of KernelFiles.instructionSets) writeFileSync(KernelFiles.pathOf(directory, set), "nonsense")
    assert.isNull(computeWith({ env }))
  })

  it("take slower instructions where the compiler did not know the fastest", () => {
    const { directory, env } = withoutKernels("some")
    copyFileSync(KernelFiles.pathOf(installed, "portable"), KernelFiles.pathOf(directory, "portable"))
    assert.strictEqual(computeWith({ env }), build("portable"))
  })

  it("compute when other code has loaded TensorFlow", () => {
    assert.strictEqual(computeWith({ before: `require(${JSON.stringify(installed)})` }), build(fastest))
  })

  it("stay away where those of another version are loaded", () => {
    const before = `require.cache["/elsewhere/kernels-00000000-avx2.node"] = {}`
    assert.isNull(computeWith({ before }))
  })
})
