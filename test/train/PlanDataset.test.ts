import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { Augment, Dataset } from "../../src/data/index.js"
import { Plan, PlanRecord } from "../../src/train/index.js"
import * as Plans from "../support/Plans.js"

const { small } = Plans
const checked = (plan: Plan.Plan) => Result.getOrThrow(Plan.check(plan))
const record = (plan: Plan.Plan) => PlanRecord.of(checked(plan))

describe("the dataset of a plan", () => {
  const { dataset } = small

  it("is refused with labels that are not classes, and with statistics that are not numbers", () => {
    const { test } = dataset
    const broken = [
      [
        { test: { ...test, labels: test.labels.map(() => 3) } },
        "the labels of 3 classes are 0 to 2; test image 0 has 3"
      ],
      [{ statistics: { mean: [Number.NaN], deviation: [1] } }, "the means [NaN]"]
    ] as const
    for (const [change, reason] of broken) {
      const plan = Plan.make({ network: small.network, dataset: { ...dataset, ...change } })
      const error = Result.getOrThrow(Result.flip(Plan.check(plan)))
      assert.strictEqual(error._tag, "DatasetError")
      assert.include(error.message, reason)
    }
  })

  it("is recorded by its digest", () => {
    assert.strictEqual(record(small).dataset.sha256, Dataset.digest(dataset))
  })
})

describe("the augmentation of a plan", () => {
  it("is checked before a run", () => {
    const plan = Plan.augment([Augment.sometimes(0.5, [Augment.blur(4)])])(small)
    const error = Result.getOrThrow(Result.flip(Plan.check(plan)))
    assert.strictEqual(error._tag, "DatasetError")
    assert.include(error.message, "blur.kernelSize of the augmentation is 4: expected an odd number")
  })

  it("is recorded with its custom steps by name and options", () => {
    const apply = () => (from: Uint8Array, to: Uint8Array) => to.set(from)
    const custom = (options: number) => Augment.custom({ name: "noise", options, apply })
    const plan = (options: number) => record(Plan.augment([Augment.crop(2), custom(options)])(small))
    assert.deepStrictEqual(plan(1).augment, [
      { crop: { padding: 2, mode: "zero" } },
      { custom: { name: "noise", options: 1 } }
    ])
    assert.notStrictEqual(PlanRecord.identity(plan(1)), PlanRecord.identity(plan(2)))
  })
})
