import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Backend } from "../../../src/services/backend/Backend.js"
import * as BackendSettings from "../../../src/services/config/BackendSettings.js"
import { RunConfig } from "../../../src/services/config/RunConfig.js"

const reportFor = (given: Parameters<typeof RunConfig.layerTest>[0]) =>
  Effect.gen(function* () {
    const { settings } = yield* RunConfig
    const { report } = yield* Effect.provide(Backend, BackendSettings.layer(settings))
    return report
  }).pipe(Effect.provide(RunConfig.layerTest(given)))

describe("the backend of the settings", () => {
  it.live("has this library's kernels, unless TensorFlow's are asked for", () =>
    Effect.gen(function* () {
      assert.match((yield* reportFor({ backend: "tensorflow" })).kernels ?? "", /^\w+ [0-9a-f]{8}$/)
      assert.isNull((yield* reportFor({ backend: "tensorflow", kernels: "tensorflow" })).kernels)
    })
  )

  it.live("is the one that is named", () =>
    Effect.gen(function* () {
      const { backend, kernels } = yield* reportFor({ backend: "cpu" })
      assert.deepStrictEqual({ backend, kernels }, { backend: "cpu", kernels: null })
    })
  )
})
