import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger } from "effect"
import { backends } from "../../torture/Backends.js"
import * as Bytes from "../../torture/Bytes.js"
import * as Faults from "../../torture/Faults.js"

describe("torture", () => {
  it.live(
    "whatever byte of a run's files is altered, it is found",
    () =>
      Effect.gen(function* () {
        const altered = yield* Bytes.inMemory({ seed: 1, every: 61 })
        const { missed } = yield* Bytes.onDisk({ seed: 1, count: 4, whole: yield* Faults.whole })
        assert.deepStrictEqual([...altered.flatMap(({ missed }) => missed), ...missed], [])
      }).pipe(Effect.scoped, Effect.provide([backends.wasm, NodeServices.layer, Logger.layer([])])),
    60_000
  )
})
