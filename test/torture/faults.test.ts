import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Faults from "../../torture/Faults.js"

describe("torture", () => {
  it.live(
    "a run that a fault strikes ends in its result or a typed error, frees its tensors, and can be resumed",
    () =>
      Effect.gen(function* () {
        const cases = yield* Faults.faults({ seed: 1, count: 8, onCase: () => {} })
        assert.deepStrictEqual(
          cases.flatMap(({ fault, problem, seed }) => (problem === undefined ? [] : [`${seed} ${fault}: ${problem}`])),
          []
        )
      }).pipe(Effect.provide(NodeServices.layer)),
    60_000
  )
})
