import { Schema } from "effect"
import { BelowOne, Count, described, NotNegative, withDefault } from "./Fields.js"

const Positive = described(Schema.Finite.check(Schema.isGreaterThan(0)), "a number greater than 0")

const betas = (...values: readonly [number, number]) =>
  described(
    Schema.Tuple([BelowOne, BelowOne]),
    "a list of two numbers of at least 0 and less than 1, such as [0.9,0.999]"
  ).pipe(withDefault(values))

const epsilon = (value: number) => NotNegative.pipe(withDefault(value))

/** The decay of weights; `decayed: "weights"` leaves norms and biases out. */
const decay = (value: number) => ({
  weightDecay: NotNegative.pipe(withDefault(value)),
  decayed: Schema.Literals(["all", "weights"]).pipe(withDefault("all"))
})

/**
 * The optimizer of a run: the constructors of `Optimizer` as data, with PyTorch's defaults but for the momentum of SGD, which is 0.9. Without `kind` it is SGD.
 *
 * With a `normBiasRate`, "sgd" trains the biases of norms at so many times the rate, and decays them by as much less, so that they shrink as fast as the others. **Source** hlb-CIFAR10;
 * airbench's is 64.
 *
 * "muon" updates kernels and matrices; norms, biases and the last layer are left to AdamW at `othersRate` times the rate, with betas of 0.9 and 0.95, an epsilon of
 * 1e-10 and no decay. **Source** of these: `SingleDeviceMuonWithAuxAdam` of KellerJordan/Muon.
 *
 * @category schemas
 */
export const OptimizerOptions = Schema.Union([
  Schema.Struct({
    kind: Schema.Literal("sgd").pipe(withDefault("sgd")),
    momentum: BelowOne.pipe(withDefault(0.9)),
    nesterov: Schema.Boolean.pipe(withDefault(false)),
    normBiasRate: Positive.pipe(withDefault(1)),
    ...decay(0)
  }),
  Schema.Struct({
    kind: Schema.Literal("adam"),
    betas: betas(0.9, 0.999),
    epsilon: epsilon(1e-8),
    ...decay(0)
  }),
  Schema.Struct({
    kind: Schema.Literal("adamw"),
    betas: betas(0.9, 0.999),
    epsilon: epsilon(1e-8),
    ...decay(0.01)
  }),
  Schema.Struct({
    kind: Schema.Literal("nadam"),
    betas: betas(0.9, 0.999),
    epsilon: epsilon(1e-8),
    momentumDecay: NotNegative.pipe(withDefault(4e-3)),
    ...decay(0)
  }),
  Schema.Struct({
    kind: Schema.Literal("rmsprop"),
    momentum: BelowOne.pipe(withDefault(0)),
    decay: BelowOne.pipe(withDefault(0.99)),
    epsilon: epsilon(1e-8),
    centered: Schema.Boolean.pipe(withDefault(false)),
    ...decay(0)
  }),
  Schema.Struct({
    kind: Schema.Literal("adagrad"),
    initialSum: NotNegative.pipe(withDefault(0)),
    epsilon: epsilon(1e-10),
    ...decay(0)
  }),
  Schema.Struct({
    kind: Schema.Literal("lamb"),
    betas: betas(0.9, 0.999),
    epsilon: epsilon(1e-6),
    clip: Positive.pipe(withDefault(1)),
    ...decay(0.01)
  }),
  Schema.Struct({ kind: Schema.Literal("lion"), betas: betas(0.9, 0.99), ...decay(0) }),
  Schema.Struct({
    kind: Schema.Literal("muon"),
    momentum: BelowOne.pipe(withDefault(0.95)),
    nesterov: Schema.Boolean.pipe(withDefault(true)),
    rounds: Count.pipe(withDefault(5)),
    scale: Schema.Literals(["original", "adamw", "none"]).pipe(withDefault("original")),
    weightDecay: NotNegative.pipe(withDefault(0.1)),
    renormalized: Schema.Boolean.pipe(withDefault(false)),
    othersRate: NotNegative.pipe(withDefault(0.015))
  })
])
/** @category schemas */
export type OptimizerOptions = typeof OptimizerOptions.Type

/**
 * The clipping of gradients, before the optimizer: of each number to `limit`, of the norm of all to `limit`, or of each unit's gradient to `factor` times the norm of its weights,
 * but for the last layer.
 *
 * @category schemas
 */
export const Clip = Schema.Union([
  Schema.Struct({ kind: Schema.Literal("none") }),
  Schema.Struct({ kind: Schema.Literal("value"), limit: Positive.pipe(withDefault(1)) }),
  Schema.Struct({ kind: Schema.Literal("norm"), limit: Positive.pipe(withDefault(1)) }),
  Schema.Struct({
    kind: Schema.Literal("adaptive"),
    factor: Positive.pipe(withDefault(0.01)),
    epsilon: Positive.pipe(withDefault(1e-3))
  })
])
/** @category schemas */
export type Clip = typeof Clip.Type

/** The rate of a layer is this to the power of its distance from the last one: more than 0, and 1 for the same rate everywhere. @category schemas */
export const LayerDecay = described(
  Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1, exclusiveMinimum: true })),
  "a number greater than 0 and at most 1"
)
