import { isDeepStrictEqual } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import * as Augment from "../../src/data/Augment.js"
import type { Dataset } from "../../src/data/Dataset.js"
import type * as ImageSet from "../../src/data/ImageSet.js"
import * as Sampling from "../../src/data/Sampling.js"
import type { Task } from "../../src/data/Targets.js"
import * as MnistCnn from "../../src/model/families/MnistCnn.js"
import * as Init from "../../src/model/Init.js"
import * as Average from "../../src/train/Average.js"
import * as LearningRate from "../../src/train/LearningRate.js"
import * as Loss from "../../src/train/Loss.js"
import * as Metrics from "../../src/train/Metrics.js"
import * as Optimizer from "../../src/train/Optimizer.js"
import * as Plan from "../../src/train/Plan.js"
import * as PlanRecord from "../../src/train/PlanRecord.js"
import * as Policies from "../../src/train/Policies.js"
import * as Policy from "../../src/train/Policy.js"
import { memory } from "../support/Memory.js"
import * as Plans from "../support/Plans.js"

const scheduled = (peak: number) =>
  LearningRate.schedule(({ total }) => LearningRate.oneCycle({ peak, totalSteps: total }), { oneCycle: { peak } })

/** A plan whose rate is data; `Plans.small` has a function. */
const plan = Plans.small.pipe(Plan.rate(scheduled(0.1)))

const recordOf = (plan: Plan.Plan) => PlanRecord.of(Result.getOrThrow(Plan.check(plan)))
const record = recordOf(plan)
const pathsTo = (other: Plan.Plan) =>
  PlanRecord.differences(record, recordOf(other))
    .map(({ path }) => path)
    .sort()

const withDataset = (change: (dataset: Dataset) => Partial<Dataset>) => (plan: Plan.Plan) =>
  Object.assign(Object.create(Object.getPrototypeOf(plan)), plan, {
    dataset: { ...plan.dataset, ...change(plan.dataset) }
  })

/** The set with its first byte, or its first label, changed. */
const otherPixel = (set: ImageSet.ImageSet): ImageSet.ImageSet => ({
  ...set,
  images: set.images.with(0, (set.images[0] ?? 0) ^ 1)
})
const otherLabel = (set: ImageSet.ImageSet): ImageSet.ImageSet => ({
  ...set,
  labels: set.labels.with(0, ((set.labels[0] ?? 0) + 1) % 3)
})

const weights = Init.init(plan.network, 1)
const halves = (momentum: number) =>
  Optimizer.partition((path) => (path.endsWith("bias") ? "biases" : "weights"), {
    biases: Optimizer.sgd({ momentum }),
    weights: Optimizer.sgd()
  })
const stopAt = (accuracy: number) =>
  Policy.make({
    name: "stop at",
    options: { accuracy },
    state: Schema.Null,
    initial: null,
    on: (state) => [state, []]
  })

/** A change of a plan, and where it shows. */
const changes: ReadonlyArray<readonly [setting: string, change: (plan: Plan.Plan) => Plan.Plan, path: string]> = [
  [
    "the network",
    (plan) => ({ ...plan, network: { ...MnistCnn.make({ input: plan.network.input, classes: 3 }), name: "other" } }),
    "network.name"
  ],
  ["the dataset's name", withDataset(() => ({ name: "other" })), "dataset.name"],
  ["a class name", withDataset(() => ({ classNames: ["a", "b", "c"] })), "dataset.sha256"],
  [
    "the order of classes",
    withDataset(({ classNames }) => ({ classNames: classNames.toReversed() })),
    "dataset.sha256"
  ],
  ["a training pixel", withDataset(({ train }) => ({ train: otherPixel(memory(train)) })), "dataset.sha256"],
  ["a training label", withDataset(({ train }) => ({ train: otherLabel(memory(train)) })), "dataset.sha256"],
  ["a test pixel", withDataset(({ test }) => ({ test: otherPixel(memory(test)) })), "dataset.sha256"],
  ["a test label", withDataset(({ test }) => ({ test: otherLabel(memory(test)) })), "dataset.sha256"],
  [
    "the normalisation",
    withDataset(() => ({ statistics: { mean: [0.5], deviation: [0.25] } })),
    "dataset.normalization.deviation.0"
  ],
  ["seed", Plan.seed(1), "seed"],
  ["limitTrain", Plan.limitTrain(0.5), "limitTrain"],
  ["batchSize", Plan.batchSize(9), "batchSize"],
  ["remainder", Plan.remainder("drop"), "remainder"],
  ["loss", Plan.loss<Task>(Loss.crossEntropy({ labelSmoothing: 0.1 })), "loss.labelSmoothing"],
  ["optimizer", Plan.optimizer(Optimizer.sgd({ momentum: 0.8 })), "optimizer.transforms.1.momentum"],
  ["sam", Plan.sam({ rho: 0.05, adaptive: false }), "sam"],
  ["microBatch", Plan.microBatch(4), "microBatch"],
  ["average", Plan.average(Average.ema()), "average"],
  ["rate", Plan.rate(scheduled(0.2)), "rate.oneCycle.peak"],
  ["augment", Plan.augment([Augment.crop(2)]), "augment.0"],
  ["mix", Plan.mix({ mixup: 0.2 }), "mix"],
  ["startFrom", Plan.startFrom(weights), "start"],
  ["freeze", Plan.freeze((path) => path === "conv1.weight"), "frozen.0"],
  ["sampling", Plan.sampling(Sampling.classBalanced()), "sampling"],
  ["validation", Plan.validation(0.25), "validation"],
  ["evaluateTest", Plan.evaluateTest("end"), "evaluateTest"],
  ["views", Plan.views("flip"), "views"],
  ["policy", Plan.policy(stopAt(0.9)), "policies.1"],
  ["metrics", Plan.metrics([Metrics.accuracy, Metrics.topK(2)]), "metrics.1"]
]

const changeable: ReadonlyArray<readonly [PlanRecord.Changeable, (plan: Plan.Plan) => Plan.Plan]> = [
  ["epochs", Plan.epochs(7)],
  ["checkpointEvery", Plan.checkpointEvery(3)]
]

describe("the record of a plan", () => {
  it("is plain data, and the same for the same plan", () => {
    const text = JSON.stringify(Schema.encodeSync(PlanRecord.PlanRecord)(record))
    assert.deepStrictEqual(Schema.decodeUnknownSync(PlanRecord.PlanRecord)(JSON.parse(text)), record)
    assert.deepStrictEqual(PlanRecord.differences(record, recordOf(plan)), [])
  })

  it.each(changes)("changes with %s, and so does the run's identity", (_, change, path) => {
    assert.deepStrictEqual(pathsTo(change(plan)), [path])
    assert.notStrictEqual(PlanRecord.identity(recordOf(change(plan))), PlanRecord.identity(record))
    for (const difference of PlanRecord.differences(record, recordOf(change(plan)))) {
      assert.isFalse(PlanRecord.isAllowed(difference, PlanRecord.Changeable.literals), difference.path)
    }
  })

  it.each(changeable)("changes with %s, which the identity leaves aside and which may be asked for", (name, change) => {
    const differences = PlanRecord.differences(record, recordOf(change(plan)))
    assert.deepStrictEqual(pathsTo(change(plan)), [name])
    assert.strictEqual(PlanRecord.identity(recordOf(change(plan))), PlanRecord.identity(record))
    for (const allowed of [[], ...PlanRecord.Changeable.literals.map((literal) => [literal])]) {
      for (const difference of differences) {
        assert.strictEqual(
          PlanRecord.isAllowed(difference, allowed),
          allowed.some((literal) => literal === name)
        )
      }
    }
  })

  it("covers every setting of a plan", () => {
    // Each setting is changed above; `statistics`, `train` and so on belong to the dataset, `start` is `startFrom`, `frozen` is `freeze`. What is frozen from epoch to epoch:
    // test/services/run/Freezing.test.ts.
    const names: Readonly<Record<string, string>> = { start: "startFrom", frozen: "freeze", policies: "policy" }
    const tested = new Set([...changes, ...changeable].map(([name]) => name))
    for (const setting of Object.keys(plan)) {
      const isTested = tested.has(names[setting] ?? setting) || tested.has(`the ${setting}`)
      assert.isTrue(isTested || setting === "dataset" || setting === "unfreeze" || setting === "freezeAfter", setting)
    }
  })

  it("changes with what freezes, starts, is partitioned or decides, down to the single value", () => {
    const differ = (a: (plan: Plan.Plan) => Plan.Plan, b: (plan: Plan.Plan) => Plan.Plan) =>
      PlanRecord.differences(recordOf(a(plan)), recordOf(b(plan))).map(({ path }) => path)
    assert.deepStrictEqual(
      differ(
        Plan.freeze((path) => path === "conv1.weight"),
        Plan.freeze((path) => path === "conv1.bias")
      ),
      ["frozen.0"]
    )
    assert.deepStrictEqual(differ(Plan.startFrom(weights), Plan.startFrom(Init.init(plan.network, 2))), ["start"])
    assert.deepStrictEqual(differ(Plan.startFrom(weights), Plan.startFrom(Init.init(plan.network, 1))), [])
    assert.deepStrictEqual(differ(Plan.optimizer(halves(0.5)), Plan.optimizer(halves(0.9))), [
      "optimizer.parts.biases.transforms.1.momentum"
    ])
    assert.deepStrictEqual(differ(Plan.policy(stopAt(0.8)), Plan.policy(stopAt(0.9))), ["policies.1.options.accuracy"])
    // The same parts of the same kind, with other parameters in them.
    const swapped = Optimizer.partition((path) => (path.startsWith("conv1") ? "a" : "b"), {
      a: Optimizer.sgd(),
      b: Optimizer.sgd()
    })
    const parts = Optimizer.partition((path) => (path.endsWith("bias") ? "a" : "b"), {
      a: Optimizer.sgd(),
      b: Optimizer.sgd()
    })
    assert.isTrue(differ(Plan.optimizer(swapped), Plan.optimizer(parts)).every((path) => path.startsWith("parts.")))
    assert.isNotEmpty(differ(Plan.optimizer(swapped), Plan.optimizer(parts)))
  })

  it("knows equal images wherever they lie in memory, and leaves out how often to save", () => {
    const wide = (set: ImageSet.ImageSet): ImageSet.ImageSet => {
      const [images, labels] = [new Uint8Array(set.images.length + 8), new Int32Array(set.labels.length + 8)]
      images.set(set.images, 4)
      labels.set(set.labels, 4)
      return { ...set, images: images.subarray(4, -4), labels: labels.subarray(4, -4) }
    }
    assert.deepStrictEqual(
      pathsTo(withDataset(({ test, train }) => ({ train: wide(memory(train)), test: wide(memory(test)) }))(plan)),
      []
    )
    assert.deepStrictEqual(
      recordOf(Plan.checkpointEvery(3)(plan)).policies,
      recordOf(Plan.policy(Policies.saveEvery(3))(plan)).policies
    )
  })
})

describe("a rate that is a function", () => {
  const ofFunction = (at: (steps: LearningRate.Steps) => LearningRate.LearningRate) => recordOf(Plan.rate(at)(plan))
  const falling = ofFunction(
    ({ total }) =>
      (step) =>
        1 - step / total
  )
  const longer = recordOf(
    plan.pipe(
      Plan.rate(
        ({ total }) =>
          (step) =>
            1 - step / total
      ),
      Plan.epochs(7)
    )
  )

  it("is recorded by its values", () => {
    assert.deepStrictEqual(
      falling,
      ofFunction(
        ({ total }) =>
          (step) =>
            Math.max(0, 1 - step / total)
      )
    )
    const [difference] = PlanRecord.differences(
      falling,
      ofFunction(() => () => 0.1)
    )
    assert.strictEqual(difference?.path, "rate")
    assert.match(String(difference?.was), /^a function with the values [0-9a-f]{16}$/)
  })

  it("may change its values with the number of epochs, and without being asked by name", () => {
    const differences = PlanRecord.differences(falling, longer)
    assert.deepStrictEqual(differences.map(({ path }) => path).sort(), ["epochs", "rate"])
    assert.isTrue(differences.every((difference) => PlanRecord.isAllowed(difference, ["epochs"])))
    for (const allowed of [[], ["checkpointEvery"]] as const) {
      assert.isFalse(differences.some((difference) => PlanRecord.isAllowed(difference, allowed)))
    }
    assert.strictEqual(PlanRecord.identity(falling), PlanRecord.identity(longer))
  })

  it("is not changed for one that is data by asking for other epochs", () => {
    const [difference] = PlanRecord.differences(falling, record)
    assert.strictEqual(difference?.path, "rate")
    if (difference !== undefined) assert.isFalse(PlanRecord.isAllowed(difference, ["epochs"]))
  })

  it("is not mistaken for one that is described by a text", () => {
    const described = (text: string) =>
      recordOf(Plan.rate(LearningRate.schedule(() => LearningRate.constant(0.1), text))(plan))
    const differences = PlanRecord.differences(described("mine, 0.1"), described("mine, 0.2"))
    assert.deepStrictEqual(differences, [{ path: "rate", was: "mine, 0.1", is: "mine, 0.2" }])
    assert.isFalse(differences.some((difference) => PlanRecord.isAllowed(difference, ["epochs"])))
    assert.notStrictEqual(PlanRecord.identity(described("mine, 0.1")), PlanRecord.identity(described("mine, 0.2")))
  })
})

describe("differences", () => {
  it("are in words, a line each with both values, and no more of them than can be read", () => {
    const other = recordOf(plan.pipe(Plan.seed(1), Plan.augment([Augment.flip]), Plan.epochs(3)))
    const text = PlanRecord.render(PlanRecord.differences(record, other))
    assert.deepStrictEqual(
      text
        .split("\n")
        .map((line) => line.trim())
        .toSorted(),
      ['augment.0: nothing then, {"flip":{}} now', "epochs: 2 then, 3 now", "seed: 0 then, 1 now"]
    )
    const many = Array.from({ length: 15 }, (_, i) => ({ path: `frozen.${i}`, was: undefined, is: "x".repeat(100) }))
    const lines = PlanRecord.render(many).split("\n")
    assert.lengthOf(lines, 13)
    assert.strictEqual(lines.at(-1)?.trim(), "and 3 more")
    assert.isTrue(lines.every((line) => line.length < 120))
  })

  it("are none where keys are but in another order, and tell a list from an object", () => {
    const withRate = (rate: Schema.Json) => ({ ...record, rate })
    const [one, other] = [withRate({ a: 1, b: 2 }), withRate({ b: 2, a: 1 })]
    assert.deepStrictEqual(PlanRecord.differences(one, other), [])
    assert.strictEqual(PlanRecord.identity(one), PlanRecord.identity(other))
    assert.deepStrictEqual(PlanRecord.differences(withRate([]), withRate({})), [{ path: "rate", was: [], is: {} }])
  })

  const Value = Schema.Json

  it.prop("are none of a value with itself, and otherwise name both values", [Value, Value], ([a, b]) => {
    const withRate = (rate: Schema.Json) => ({ ...record, rate })
    assert.deepStrictEqual(PlanRecord.differences(withRate(a), withRate(a)), [])
    const differences = PlanRecord.differences(withRate(a), withRate(b))
    const isEqual = isDeepStrictEqual(JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b)))
    assert.strictEqual(differences.length === 0, isEqual)
    const [of, to] = [PlanRecord.identity(withRate({ a })), PlanRecord.identity(withRate({ a: b }))]
    assert.strictEqual(of === to, isEqual)
    for (const { is, path, was } of differences) {
      assert.match(path, /^rate/)
      assert.notStrictEqual(JSON.stringify(was), JSON.stringify(is))
    }
    assert.deepStrictEqual(
      PlanRecord.differences(withRate(b), withRate(a))
        .map(({ path }) => path)
        .sort(),
      differences.map(({ path }) => path).sort()
    )
  })
})
