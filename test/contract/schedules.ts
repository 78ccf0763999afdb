import { assert } from "@effect/vitest"
import { Effect, Schema } from "effect"
import * as LearningRate from "../../src/train/LearningRate.js"
import { Rate, schedule } from "../../src/train/recipe/Rate.js"
import * as Golden from "../support/Golden.js"
import type { Row } from "./Row.js"

type File = "schedules" | "schedules_more"

const Schedules = Schema.fromJsonString(
  Schema.Struct({ values: Schema.Record(Schema.String, Schema.Array(Schema.Number)) })
)

const values = (file: File, name: string) =>
  Golden.bytes(`${file}.json`).pipe(
    Effect.flatMap((bytes) => Schema.decodeUnknownEffect(Schedules)(new TextDecoder().decode(bytes))),
    Effect.map((schedules) => schedules.values[name] ?? assert.fail(`there are no values of "${name}"`)),
    Effect.orDie
  )

const tolerance = 1e-12

/** A rate beside the 40 values of a file. */
const row = (name: string, source: string, file: File, golden: string, rate: LearningRate.LearningRate): Row => ({
  name,
  source,
  reference: `40 rates: ${golden}`,
  tolerance: String(tolerance),
  check: Effect.map(values(file, golden), (expected) => {
    assert.strictEqual(expected.length, 40)
    for (const [step, value] of expected.entries()) assert.closeTo(rate(step), value, tolerance, `step ${step}`)
  })
})

const torch = (scheduler: string) => `torch 2.15.0, torch.optim.lr_scheduler.${scheduler}`
const transformers = "transformers, get_inverse_sqrt_schedule (version in schedules_more.json)"

const steps = 40

const constructors: ReadonlyArray<Row> = [
  row("constant", torch("ConstantLR"), "schedules_more", "constant", LearningRate.constant(0.1)),
  row(
    "multiStep",
    torch("MultiStepLR"),
    "schedules",
    "multi_step 10,25 gamma 0.1",
    LearningRate.multiStep({ rate: 0.1, milestones: [10, 25], factor: 0.1 })
  ),
  row(
    "stepDecay",
    torch("StepLR"),
    "schedules",
    "step 10 gamma 0.5",
    LearningRate.stepDecay({ rate: 0.1, steps: 10, factor: 0.5 })
  ),
  row(
    "exponential",
    torch("ExponentialLR"),
    "schedules",
    "exponential 0.9",
    LearningRate.exponential({ rate: 0.1, factor: 0.9 })
  ),
  row(
    "polynomial, power 2",
    torch("PolynomialLR"),
    "schedules",
    "polynomial total 40 power 2",
    LearningRate.polynomial({ rate: 0.1, totalSteps: 40, power: 2 })
  ),
  row(
    "polynomial, ends before the run",
    torch("PolynomialLR"),
    "schedules_more",
    "polynomial total 30 power 1",
    LearningRate.polynomial({ rate: 0.1, totalSteps: 30 })
  ),
  row(
    "polynomial, a line to a final rate",
    torch("LinearLR"),
    "schedules_more",
    "linear 1 to 0.2 over 30",
    LearningRate.polynomial({ rate: 0.1, final: 0.02, totalSteps: 30 })
  ),
  row(
    "polynomial, a line up",
    torch("LinearLR"),
    "schedules",
    "linear warmup 0.1 to 1 over 5",
    LearningRate.polynomial({ rate: 0.01, final: 0.1, totalSteps: 5 })
  ),
  row(
    "cosine",
    torch("CosineAnnealingLR"),
    "schedules",
    "cosine T_max 40",
    LearningRate.cosine({ rate: 0.1, totalSteps: 40 })
  ),
  row(
    "cosine, final",
    torch("CosineAnnealingLR"),
    "schedules",
    "cosine T_max 40 eta_min 0.001",
    LearningRate.cosine({ rate: 0.1, totalSteps: 40, final: 0.001 })
  ),
  row(
    "cosineRestarts, cycleFactor 2",
    torch("CosineAnnealingWarmRestarts"),
    "schedules",
    "cosine warm restarts T_0 10 T_mult 2",
    LearningRate.cosineRestarts({ rate: 0.1, cycleSteps: 10, cycleFactor: 2 })
  ),
  row(
    "cosineRestarts, cycleFactor 3",
    torch("CosineAnnealingWarmRestarts"),
    "schedules_more",
    "cosine warm restarts T_0 3 T_mult 3",
    LearningRate.cosineRestarts({ rate: 0.1, cycleSteps: 3, cycleFactor: 3 })
  ),
  row(
    "cosineRestarts, final",
    torch("CosineAnnealingWarmRestarts"),
    "schedules_more",
    "cosine warm restarts T_0 8 eta_min 0.01",
    LearningRate.cosineRestarts({ rate: 0.1, cycleSteps: 8, final: 0.01 })
  ),
  row(
    "oneCycle",
    torch("OneCycleLR"),
    "schedules",
    "one_cycle max_lr 0.4 total 40 (torch defaults)",
    LearningRate.oneCycle({ peak: 0.4, totalSteps: 41 })
  ),
  row(
    "oneCycle, linear",
    torch("OneCycleLR"),
    "schedules",
    "one_cycle linear max_lr 0.4 pct_start 0.2 total 40",
    LearningRate.oneCycle({ peak: 0.4, totalSteps: 41, warmupFraction: 0.2, shape: "linear" })
  ),
  row(
    "oneCycle, factors",
    torch("OneCycleLR"),
    "schedules_more",
    "one_cycle max_lr 0.4 div 10 final_div 100 total 40",
    // PyTorch's final factor is of the initial rate, ours of the peak.
    LearningRate.oneCycle({ peak: 0.4, totalSteps: 41, initialFactor: 1 / 10, finalFactor: 1 / 1000 })
  ),
  row(
    "inverseSquareRoot",
    transformers,
    "schedules_more",
    "inverse sqrt timescale 12",
    LearningRate.inverseSquareRoot({ rate: 0.1, timescale: 12 })
  ),
  row(
    "sequence of a line and inverseSquareRoot",
    transformers,
    "schedules_more",
    "inverse sqrt warmup 8",
    LearningRate.sequence([
      { rate: LearningRate.polynomial({ rate: 0, final: 0.1, totalSteps: 8 }), steps: 8 },
      { rate: LearningRate.inverseSquareRoot({ rate: 0.1, timescale: 8 }), steps: 32 }
    ])
  ),
  row(
    "sequence of three",
    torch("SequentialLR"),
    "schedules_more",
    "sequential linear 10, constant 20, linear 10",
    LearningRate.sequence([
      { rate: LearningRate.polynomial({ rate: 0.025, final: 0.1, totalSteps: 10 }), steps: 10 },
      { rate: LearningRate.constant(0.1), steps: 20 },
      { rate: LearningRate.polynomial({ rate: 0.1, final: 0.0125, totalSteps: 10 }), steps: 10 }
    ])
  ),
  row(
    "warmup before a cosine",
    torch("SequentialLR"),
    "schedules_more",
    "sequential linear 8, cosine T_max 32",
    LearningRate.warmup(8, LearningRate.cosine({ rate: 0.1, totalSteps: 32 }))
  ),
  row(
    "perEpoch",
    torch("MultiStepLR, stepped once an epoch"),
    "schedules_more",
    "multi_step 2,3 gamma 0.1 each epoch of 10",
    LearningRate.perEpoch(10, LearningRate.multiStep({ rate: 0.1, milestones: [2, 3], factor: 0.1 }))
  )
]

/** A rate of a recipe, over a run of 4 epochs of 10 steps unless said otherwise. */
const recipe = (
  name: string,
  source: string,
  file: File,
  golden: string,
  rate: typeof Rate.Encoded,
  { perEpoch = 10, total = steps }: Partial<LearningRate.Steps> = {}
): Row =>
  row(`recipe: ${name}`, source, file, golden, (step) =>
    schedule(Schema.decodeSync(Rate)(rate)).at({ perEpoch, total })(step)
  )

const more = "schedules_more"

const recipes: ReadonlyArray<Row> = [
  recipe("constant", torch("ConstantLR"), more, "constant", { kind: "constant", rate: 0.1 }),
  recipe(
    "multiStep",
    torch("MultiStepLR"),
    "schedules",
    "multi_step 10,25 gamma 0.1",
    { kind: "multiStep", rate: 0.1, milestones: [2, 5] },
    { perEpoch: 5 }
  ),
  recipe(
    "multiStep, every epoch",
    torch("MultiStepLR, stepped once an epoch"),
    more,
    "multi_step 2,3 gamma 0.1 each epoch of 10",
    {
      kind: "multiStep",
      rate: 0.1,
      milestones: [2, 3],
      every: "epoch"
    }
  ),
  recipe("stepDecay", torch("StepLR"), "schedules", "step 10 gamma 0.5", {
    kind: "stepDecay",
    rate: 0.1,
    epochs: 1,
    factor: 0.5
  }),
  recipe("exponential", torch("ExponentialLR"), more, "exponential 0.97", {
    kind: "exponential",
    rate: 0.1,
    factor: 0.97 ** 10
  }),
  recipe(
    "exponential, every epoch",
    torch("ExponentialLR, stepped once an epoch"),
    more,
    "exponential 0.5 each epoch of 10",
    {
      kind: "exponential",
      rate: 0.1,
      factor: 0.5,
      every: "epoch"
    }
  ),
  recipe("polynomial", torch("PolynomialLR"), more, "polynomial total 40 power 0.5", {
    kind: "polynomial",
    rate: 0.1,
    power: 0.5
  }),
  recipe(
    "polynomial, final",
    torch("LinearLR"),
    more,
    "linear 1 to 0.2 over 30",
    { kind: "polynomial", rate: 0.1, final: 0.02 },
    { total: 30 }
  ),
  recipe("inverseSquareRoot", transformers, more, "inverse sqrt timescale 12", {
    kind: "inverseSquareRoot",
    rate: 0.1,
    timescaleEpochs: 1.2
  }),
  recipe("cosine", torch("CosineAnnealingLR"), "schedules", "cosine T_max 40 eta_min 0.001", {
    kind: "cosine",
    rate: 0.1,
    final: 0.001
  }),
  recipe(
    "cosine, every epoch",
    torch("CosineAnnealingLR, stepped once an epoch"),
    more,
    "cosine T_max 4 each epoch of 10",
    {
      kind: "cosine",
      rate: 0.1,
      every: "epoch"
    }
  ),
  recipe("cosine, warmupEpochs", torch("SequentialLR"), more, "sequential linear 8, cosine T_max 32", {
    kind: "cosine",
    rate: 0.1,
    warmupEpochs: 0.8
  }),
  recipe("cosineRestarts", torch("CosineAnnealingWarmRestarts"), "schedules", "cosine warm restarts T_0 10 T_mult 2", {
    kind: "cosineRestarts",
    rate: 0.1,
    cycleEpochs: 1,
    cycleFactor: 2
  }),
  recipe(
    "cosineRestarts, final",
    torch("CosineAnnealingWarmRestarts"),
    more,
    "cosine warm restarts T_0 8 eta_min 0.01",
    {
      kind: "cosineRestarts",
      rate: 0.1,
      cycleEpochs: 0.8,
      final: 0.01
    }
  ),
  recipe(
    "oneCycle",
    torch("OneCycleLR"),
    more,
    "one_cycle max_lr 0.4 div 10 final_div 100 total 40",
    { kind: "oneCycle", peak: 0.4, initialFactor: 0.1, finalFactor: 0.001 },
    { total: 41 }
  ),
  recipe(
    "oneCycle, linear",
    torch("OneCycleLR"),
    "schedules",
    "one_cycle linear max_lr 0.4 pct_start 0.2 total 40",
    { kind: "oneCycle", peak: 0.4, warmupFraction: 0.2, shape: "linear" },
    { total: 41 }
  ),
  recipe("sequence", torch("SequentialLR"), more, "sequential linear 10, constant 20, linear 10", {
    kind: "sequence",
    parts: [
      { epochs: 1, rate: { kind: "polynomial", rate: 0.025, final: 0.1 } },
      { epochs: 2, rate: { kind: "constant", rate: 0.1 } },
      { rate: { kind: "polynomial", rate: 0.1, final: 0.0125 } }
    ]
  })
]

export const rows: ReadonlyArray<Row> = [...constructors, ...recipes]
