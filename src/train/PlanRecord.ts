import { Schema } from "effect"
import * as Augment from "../data/Augment.js"
import * as Dataset from "../data/Dataset.js"
import * as Mix from "../data/Mix.js"
import * as Sampling from "../data/Sampling.js"
import { sha256 } from "../internal/Digest.js"
import type { HostTensor, Weights } from "../model/Tensors.js"
import * as Loss from "./Loss.js"
import type * as Plan from "./Plan.js"
import { keepBestName } from "./policies/KeepBest.js"
import { guard } from "./TrainError.js"
import * as Transform from "./Transform.js"

const Stages = Schema.Array(Schema.Struct({ epoch: Schema.Int, paths: Schema.Array(Schema.String) }))

/**
 * A plan as data: everything that decides what its run computes. A checkpoint holds it, and a resume compares it.
 *
 * @category models
 */
export const PlanRecord = Schema.Struct({
  network: Schema.Json,
  dataset: Schema.Struct({ name: Schema.String, sha256: Schema.String, normalization: Schema.Json }),
  seed: Schema.Int,
  epochs: Schema.Int,
  batchSize: Schema.Int,
  remainder: Schema.String,
  loss: Loss.LossSpec,
  optimizer: Transform.TransformSpec,
  /** The paths by label if the optimizer is a partition, else `null`. */
  parts: Schema.Json,
  rate: Schema.Json,
  augment: Schema.Json,
  /** SHA-256 of the initial weights, if they were given. */
  start: Schema.NullOr(Schema.String),
  frozen: Schema.Array(Schema.String),
  /** Only where some of the frozen parameters are trained later. */
  unfreeze: Schema.optionalKey(Stages),
  /** Only where some parameters are no longer trained later. */
  freezeAfter: Schema.optionalKey(Stages),
  validation: Schema.Number,
  /** Only where the images of a batch are mixed. */
  mix: Schema.optionalKey(Mix.Mix),
  /** Only where not every image is drawn once an epoch. */
  sampling: Schema.optionalKey(Schema.Json),
  /** Only where not all images are trained on. */
  limitTrain: Schema.optionalKey(Schema.Number),
  /** Only where gradients are computed elsewhere than at the parameters. */
  sam: Schema.optionalKey(Schema.Json),
  /** Only where batches are computed in pieces. */
  microBatch: Schema.optionalKey(Schema.Int),
  /** Only where the weights are averaged. */
  average: Schema.optionalKey(Schema.Json),
  evaluateTest: Schema.String,
  /** Only where the test images are evaluated with test-time views too. */
  views: Schema.optionalKey(Schema.String),
  checkpointEvery: Schema.Int,
  policies: Schema.Array(Schema.Struct({ name: Schema.String, options: Schema.Json })),
  metrics: Schema.Array(
    Schema.Struct({ name: Schema.String, goal: Schema.Literals(["max", "min"]), options: Schema.Json })
  )
})
export type PlanRecord = typeof PlanRecord.Type

/**
 * The settings that a resume may change if asked to.
 *
 * @category models
 */
export const Changeable = Schema.Literals(["epochs", "checkpointEvery"])
export type Changeable = typeof Changeable.Type

/**
 * SHA-256 over the names, in order, and the bytes of all tensors: equal digests mean equal weights, bit for bit.
 *
 * @category accessors
 */
export const weightDigest = ({ params, state }: Weights<HostTensor>): string =>
  sha256(
    ...[params, state].flatMap((group) =>
      Object.keys(group)
        .sort()
        .flatMap((path) => {
          const data = group[path]?.data ?? new Float32Array()
          return [`${path}\0`, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]
        })
    )
  )

/**
 * The record of a plan.
 *
 * @category constructors
 */
export const of = ({
  freezeAfter,
  frozen,
  metrics,
  plan,
  policies,
  rate,
  steps,
  trainable,
  unfreeze
}: Plan.Checked): PlanRecord => {
  const { dataset, start } = plan
  return {
    network: plain({ ...plan.network, kinds: undefined }),
    dataset: { name: dataset.name, sha256: Dataset.digest(dataset), normalization: plain(dataset.statistics) },
    seed: plan.seed,
    epochs: plan.epochs,
    batchSize: plan.batchSize,
    remainder: plan.remainder,
    loss: plan.loss.spec,
    optimizer: plan.optimizer.spec,
    parts: Array.isArray(trainable) ? null : plain(trainable),
    rate:
      plan.rate.spec ??
      `${byValues}${sha256(JSON.stringify(Array.from({ length: steps.total }, (_, step) => guard("learning rate", () => rate(step))))).slice(0, 16)}`,
    augment: Augment.describe(plan.augment),
    start: start === undefined ? null : weightDigest(start),
    frozen,
    ...(unfreeze.length === 0 ? {} : { unfreeze }),
    ...(freezeAfter.length === 0 ? {} : { freezeAfter }),
    validation: plan.validation,
    ...(Mix.isNone(plan.mix) ? {} : { mix: plan.mix }),
    ...(plan.sampling.kind === "uniform" ? {} : { sampling: Sampling.describe(plan.sampling) }),
    ...(plan.sam.rho === 0 ? {} : { sam: { ...plan.sam } }),
    ...(plan.microBatch === 0 ? {} : { microBatch: plan.microBatch }),
    ...(plan.average === undefined ? {} : { average: plan.average.spec }),
    ...(plan.limitTrain === null ? {} : { limitTrain: plan.limitTrain }),
    evaluateTest: plan.evaluateTest,
    ...(plan.views === "none" ? {} : { views: plan.views }),
    checkpointEvery: plan.checkpointEvery,
    policies: policies
      // How often a run saves decides nothing, and that the best is kept follows from the validation split.
      .filter(
        (policy) => policy.name !== "save every" && (policy.name !== keepBestName || plan.policies.includes(policy))
      )
      .map(({ name, options }) => ({ name, options })),
    metrics: metrics.map(({ goal, name, options }) => ({ name, goal, options }))
  }
}

/** How the rate of a function begins, which is recorded by its values, and these change with the number of steps. */
const byValues = "a function with the values "

const isByValues = (rate: Schema.Json | undefined): boolean => typeof rate === "string" && rate.startsWith(byValues)

/** Plain data as JSON. */
const plain = (value: unknown): Schema.Json => JSON.parse(JSON.stringify(value))

/**
 * The identity of a run: equal for plans that differ only in what a resume may change.
 *
 * @category accessors
 */
export const identity = ({ checkpointEvery: _, epochs: __, rate, ...record }: PlanRecord): string =>
  sha256(JSON.stringify({ ...record, rate: isByValues(rate) ? null : rate }, inOrder))

/** Puts the keys of objects in order as they are made text. */
const inOrder = (_: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value

/**
 * A setting in which two plans differ, by its path; a plan without it has `undefined`.
 *
 * @category models
 */
export interface Difference {
  readonly path: string
  readonly was: Schema.Json | undefined
  readonly is: Schema.Json | undefined
}

/**
 * All differences of two records, down to single values.
 *
 * @category accessors
 */
export const differences = (was: PlanRecord, is: PlanRecord): ReadonlyArray<Difference> => {
  const found: Array<Difference> = []
  const visit = (path: string, a: Schema.Json | undefined, b: Schema.Json | undefined): void => {
    if (isTree(a) && isTree(b) && Array.isArray(a) === Array.isArray(b)) {
      for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
        visit(path === "" ? key : `${path}.${key}`, at(a, key), at(b, key))
      }
    } else if (JSON.stringify(a) !== JSON.stringify(b)) found.push({ path, was: a, is: b })
  }
  visit("", plain(was), plain(is))
  return found
}

type Tree = Schema.JsonObject | Schema.JsonArray

const isTree = (value: Schema.Json | undefined): value is Tree => typeof value === "object" && value !== null

const at = (tree: Tree, key: string): Schema.Json | undefined =>
  Object.entries(tree).find(([name]) => name === key)?.[1]

/**
 * Whether a difference is one that the resume was asked to allow.
 *
 * @category guards
 */
export const isAllowed = ({ is, path, was }: Difference, allowed: ReadonlyArray<Changeable>): boolean =>
  allowed.some((name) => name === path) ||
  (path === "rate" && isByValues(was) && isByValues(is) && allowed.includes("epochs"))

const shown = 12

/**
 * The differences as text, one per line.
 *
 * @category rendering
 */
export const render = (differences: ReadonlyArray<Difference>): string => {
  const text = (value: Schema.Json | undefined): string => {
    const json = value === undefined ? "nothing" : JSON.stringify(value)
    return json.length > 80 ? `${json.slice(0, 77)}...` : json
  }
  const lines = differences
    .slice(0, shown)
    .map(({ is, path, was }) => `    ${path}: ${text(was)} then, ${text(is)} now`)
  const rest = differences.length - shown
  return [...lines, ...(rest > 0 ? [`    and ${rest} more`] : [])].join("\n")
}
