import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Schema } from "effect"
import * as Doctor from "../../../src/services/doctor/Doctor.js"

const diagnose = (settings: Record<string, string>) =>
  Doctor.diagnose.pipe(
    Effect.provide(NodeServices.layer),
    Effect.provide(ConfigProvider.layer(ConfigProvider.fromUnknown(settings)))
  )

// In this order: once TensorFlow is loaded, the process keeps it.
describe("the doctor", () => {
  it.effect("where nothing is installed says so, with a remedy for each problem", () =>
    Effect.gen(function* () {
      const cache = mkdtempSync(join(tmpdir(), "doctor-"))
      const report = yield* diagnose({ EFFECT_TENSORFLOW_CACHE: cache, EFFECT_TENSORFLOW_NATIVE: cache })
      rmSync(cache, { recursive: true })
      assert.isFalse(report.ok)
      assert.strictEqual(report.backend, "wasm")
      assert.isNull(report.tensorflow)
      assert.isNull(report.kernels)
      assert.strictEqual(report.cache, cache)
      const problems = report.problems.map(({ what }) => what).join("\n")
      assert.include(problems, "not installed")
      assert.include(problems, "EFFECT_TENSORFLOW_NATIVE names a folder without")
      for (const { fix } of report.problems) assert.isNotEmpty(fix)
      for (const { what, fix } of report.problems) assert.include(Doctor.render(report), `${what}\n  fix: ${fix}`)
    })
  )

  it.live(
    "where TensorFlow is installed tells its version, whether its kernels are right, and encodes to JSON",
    () =>
      Effect.gen(function* () {
        const report = yield* Doctor.diagnose.pipe(Effect.provide(NodeServices.layer))
        assert.strictEqual(report.backend, "tensorflow")
        assert.match(report.tensorflow ?? "", /^2\.\d+\.\d+/)
        assert.isTrue(report.onednn)
        assert.deepStrictEqual(report.kernels?.wrong, [])
        assert.isAbove(report.threads, 0)
        const encoded = yield* Schema.encodeEffect(Doctor.DoctorReport)(report)
        assert.deepStrictEqual(JSON.parse(JSON.stringify(encoded)), encoded)
        assert.include(Doctor.render(report), report.tensorflow ?? "")
        assert.match(report.kernelBuild ?? "", /^(portable|avx2|avx512) [0-9a-f]{8}$/)
        assert.include(Doctor.render(report), `kernels     ${report.kernelBuild}, right\n`)
        const kernels = { right: false, cases: 2, wrong: [{ name: "relu of 2x3", reason: "output 1 is off" }] }
        assert.match(Doctor.render({ ...report, kernels }), /^kernels +avx.*, wrong: relu of 2x3 \(output 1 is off\)$/m)
        assert.include(Doctor.render({ ...report, kernelBuild: null }), "kernels     TensorFlow's own, right\n")
      }),
    120_000
  )
})
