import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Kills from "../../torture/Kills.js"

describe("torture", () => {
  it.live(
    "a run that is killed again and again comes to what a run that was never killed comes to",
    () =>
      Effect.gen(function* () {
        const runs = yield* Kills.kills({ seed: 1, count: 4, onRun: () => {} })
        assert.deepStrictEqual(
          runs.flatMap(({ problem }) => problem ?? []),
          []
        )
      }),
    120_000
  )
})
