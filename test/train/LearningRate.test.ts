import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import * as LearningRate from "../../src/train/LearningRate.js"
import * as Golden from "../support/Golden.js"

const Schedules = Schema.fromJsonString(
  Schema.Struct({ values: Schema.Record(Schema.String, Schema.Array(Schema.Number)) })
)

const cases: ReadonlyArray<readonly [golden: string, rate: LearningRate.LearningRate]> = [
  ["multi_step 10,25 gamma 0.1", LearningRate.multiStep({ rate: 0.1, milestones: [10, 25], factor: 0.1 })],
  ["cosine T_max 40", LearningRate.cosine({ rate: 0.1, totalSteps: 40 })],
  ["cosine T_max 40 eta_min 0.001", LearningRate.cosine({ rate: 0.1, totalSteps: 40, final: 0.001 })],
  ["one_cycle max_lr 0.4 total 40 (torch defaults)", LearningRate.oneCycle({ peak: 0.4, totalSteps: 41 })],
  [
    "one_cycle linear max_lr 0.4 pct_start 0.2 total 40",
    LearningRate.oneCycle({ peak: 0.4, totalSteps: 41, warmupFraction: 0.2, shape: "linear" })
  ]
]

describe("rates", () => {
  it.effect.each(cases)("%s is PyTorch's", ([name, rate]) =>
    Effect.gen(function* () {
      const { values } = yield* Schema.decodeUnknownEffect(Schedules)(
        new TextDecoder().decode(yield* Golden.bytes("schedules.json"))
      )
      const expected = values[name]!
      assert.strictEqual(expected.length, 40)
      for (const [step, value] of expected.entries()) {
        assert.closeTo(rate(step), value, 1e-12, `step ${step}`)
      }
    })
  )

  it("is constant", () => {
    assert.deepStrictEqual([0, 1, 1000].map(LearningRate.constant(0.5)), [0.5, 0.5, 0.5])
  })

  it("warms a cosine up in equal parts", () => {
    const rate = LearningRate.cosine({ rate: 1, totalSteps: 14, warmupSteps: 4 })
    assert.deepStrictEqual([0, 1, 2, 3, 4].map(rate), [0.25, 0.5, 0.75, 1, 1])
    assert.closeTo(rate(9), 0.5, 1e-12)
  })

  it("ends a cycle exactly at its final factor", () => {
    const rate = LearningRate.oneCycle({ peak: 2, totalSteps: 10, finalFactor: 0.01 })
    assert.closeTo(rate(9), 0.02, 1e-12)
  })
})
