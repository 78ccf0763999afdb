import { spawnSync } from "node:child_process"
import { cpSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { NodeServices } from "@effect/platform-node"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Logger } from "effect"
import * as TensorFlow from "../../../src/services/backend/tensorflow/TensorFlow.js"
import { isSupported } from "../../../src/services/native/Build.js"
import * as Locations from "../../../src/services/native/Locations.js"
import { install } from "../../../src/services/native/NativeInstall.js"
import * as FakeAddon from "../../support/FakeAddon.js"

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "loading-"))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** What a program prints in its own process. */
const run = (program: string, env: Readonly<Record<string, string>> = {}) => {
  const { status, stderr, stdout } = spawnSync(
    process.execPath,
    ["--import", "tsx", "--input-type=module", "--eval", program],
    { env: { ...process.env, ...env }, encoding: "utf8" }
  )
  return { status, stderr, stdout }
}

const startUp = "I0000 00:00:1.1 1 port.cc:153] oneDNN custom operations are on.\n"

/** Loads a fake addon, with the helper of the real installation. */
const loadFake = (name: string, fake: Omit<FakeAddon.Fake, "version">, env?: Readonly<Record<string, string>>) =>
  Effect.gen(function* () {
    const directory = FakeAddon.build(join(folder, name), { version: "2.21.0", ...fake })
    const helper = Locations.stderrPath(Locations.packageIn(Locations.installed(yield* Locations.cache, "cpu")))
    cpSync(helper, Locations.stderrPath(directory))
    return run(
      `import { hide } from "./src/services/backend/tensorflow/StartUpLines.js"
       import { createRequire } from "node:module"
       hide(${JSON.stringify(directory)}, () => createRequire(import.meta.url)(${JSON.stringify(Locations.binaryPath(directory))}))
       console.error("after")`,
      { TF_CPP_MIN_LOG_LEVEL: "2", ...env }
    )
  })

describe.runIf(isSupported)("loading TensorFlow", { timeout: 60_000 }, () => {
  it.effect("writes nothing to standard error", () =>
    Effect.gen(function* () {
      // Adds the helper to an installation from before.
      yield* Effect.provide(install({ gpu: false }), NodeServices.layer)
      const { status, stderr, stdout } = run(
        `import { Effect } from "effect"
           import * as tf from "@tensorflow/tfjs-core"
           import { Backend } from "./src/services/backend/Backend.js"
           const program = Effect.flatMap(Backend, ({ report }) => Effect.sync(() => {
             const sum = tf.tidy(() => tf.sum(tf.conv2d(tf.ones([1, 2, 2, 1]), tf.ones([1, 1, 1, 1]), 1, "same")).dataSync()[0])
             console.log(report.tensorflow, sum)
           }))
           await Effect.runPromise(Effect.provide(program, Backend.layerTensorFlow()))`
      )
      assert.deepStrictEqual({ status, stderr, stdout }, { status: 0, stderr: "", stdout: "2.21.0 4\n" })
    })
  )

  it.effect("passes on whatever else the library writes", () =>
    Effect.gen(function* () {
      const error = "E0000 00:00:1.1 1 driver.cc:1] the driver is too old\n"
      const { status, stderr } = yield* loadFake("error", { prints: startUp + error })
      assert.deepStrictEqual({ status, stderr }, { status: 0, stderr: `${error}after\n` })
    })
  )

  it.effect("lets through what the library writes before it aborts", () =>
    Effect.gen(function* () {
      const { status, stderr } = yield* loadFake("fatal", { prints: "F0000 Check failed: x == y\n", aborts: true })
      assert.isNull(status)
      assert.include(stderr, "F0000 Check failed: x == y")
    })
  )

  it.effect("shows the start-up lines to those who ask for TensorFlow's log", () =>
    Effect.gen(function* () {
      const { stderr } = yield* loadFake("verbose", { prints: startUp }, { TF_CPP_MIN_LOG_LEVEL: "0" })
      assert.strictEqual(stderr, `${startUp}after\n`)
    })
  )

  it.effect("warns of another TensorFlow that EFFECT_TENSORFLOW_NATIVE names", () =>
    Effect.gen(function* () {
      const root = join(folder, "named")
      FakeAddon.build(root, { version: "2.9.1" })
      const lines: Array<string> = []
      const logger = Logger.make(({ logLevel, message }) => void lines.push(`${logLevel} ${message}`))
      const addon = yield* TensorFlow.load().pipe(
        Effect.provide(Logger.layer([logger])),
        Effect.provideService(
          ConfigProvider.ConfigProvider,
          ConfigProvider.fromUnknown({ EFFECT_TENSORFLOW_NATIVE: root, EFFECT_TENSORFLOW_CACHE: folder })
        )
      )
      assert.strictEqual(addon.version, "2.9.1")
      assert.strictEqual(lines.length, 1)
      assert.match(
        lines[0] ?? "",
        /^Warn TensorFlow 2\.9\.1 from .* is not the one this library is tested with, 2\.21\.0/
      )
    })
  )
})
