import { readFileSync } from "node:fs"
import { assert } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { frozenIn } from "../../src/train/Freezing.js"
import * as Policies from "../../src/train/Policies.js"
import type * as Policy from "../../src/train/Policy.js"
import { EarlyStoppingOptions } from "../../src/train/policies/EarlyStopping.js"
import { PlateauOptions } from "../../src/train/policies/Plateau.js"
import type { EpochEnded, StepEnded, TrainEvent } from "../../src/train/TrainEvent.js"
import type { Row } from "./Row.js"

const scores = Schema.Array(Schema.Number)
const golden = Schema.decodeUnknownSync(
  Schema.fromJsonString(
    Schema.Struct({
      source: Schema.Struct({ torch: Schema.String, "pytorch-ignite": Schema.String }),
      plateau: Schema.Array(Schema.Struct({ name: Schema.String, scores, options: PlateauOptions, rates: scores })),
      earlyStopping: Schema.Array(
        Schema.Struct({
          name: Schema.String,
          scores,
          options: EarlyStoppingOptions,
          stopped: Schema.NullOr(Schema.Number)
        })
      )
    })
  )
)(readFileSync(new URL("../golden/policies.json", import.meta.url), "utf8"))

/** The end of an epoch of ten steps, with this validation loss. */
export const epochEnded = (epoch: number, loss: number, rate = 0.1): EpochEnded => ({
  _tag: "EpochEnded",
  epoch,
  step: 10 * (epoch + 1),
  rate,
  train: { loss, total: 10, metrics: { accuracy: 0.5 } },
  validation: { loss, total: 10, metrics: { accuracy: 0.5 } },
  test: null,
  seconds: 10,
  imagesPerSecond: 1
})

/** A step of one second, with this loss. */
export const stepEnded = (step: number, loss = 1): StepEnded => ({
  _tag: "StepEnded",
  step,
  epoch: Math.floor(step / 10),
  loss,
  metrics: { accuracy: 0.5 },
  rate: 0.1,
  images: 1,
  millis: 1000,
  waitMillis: 0,
  imagesPerSecond: 1
})

/** What a policy asks for at each event. */
export const commands = (
  policy: Policy.Policy,
  events: ReadonlyArray<TrainEvent>
): ReadonlyArray<ReadonlyArray<Policy.Command>> => {
  let running = policy.start
  return events.map((event) => {
    const [next, asked] = running.on(event)
    running = next
    return asked
  })
}

const plateaus = golden.plateau.map(
  ({ name, options, rates, scores }): Row => ({
    name: `plateau: ${name}`,
    source: `torch ${golden.source.torch}, torch.optim.lr_scheduler.ReduceLROnPlateau`,
    reference: `the rates after ${rates.length} epochs, the last ${rates.at(-1)?.toPrecision(4)}`,
    tolerance: "1e-12",
    check: Effect.sync(() => {
      let running = Policies.plateau(options).start
      let rate = 0.1
      for (const [epoch, score] of scores.entries()) {
        const [next, asked] = running.on(epochEnded(epoch, score, rate))
        running = next
        for (const command of asked) if (command._tag === "ScaleRate") rate *= command.factor
        assert.closeTo(rate, rates[epoch] ?? Number.NaN, 1e-12, `epoch ${epoch}`)
      }
    })
  })
)

const stops = golden.earlyStopping.map(
  ({ name, options, scores, stopped }): Row => ({
    name: `early stopping: ${name}`,
    source: `pytorch-ignite ${golden.source["pytorch-ignite"]}, ignite.handlers.EarlyStopping(cumulative_delta=True)`,
    reference: stopped === null ? "does not end the run" : `ends the run after epoch ${stopped}`,
    tolerance: "exact",
    check: Effect.sync(() => {
      const asked = commands(
        Policies.earlyStopping(options),
        scores.map((score, epoch) => epochEnded(epoch, score))
      )
      const end = asked.findIndex((commands) => commands.some(({ _tag }) => _tag === "Stop"))
      assert.strictEqual(end < 0 ? null : end, stopped)
      const lastBest = asked.slice(0, end < 0 ? undefined : end).findLastIndex((commands) => commands.length > 0)
      assert.deepStrictEqual(asked[lastBest], [
        { _tag: "Keep", steps: [10 * (lastBest + 1)] },
        { _tag: "Restore", step: 10 * (lastBest + 1), when: "end" }
      ])
    })
  })
)

/** What a policy asks for, by its definition. */
const defined = (
  name: string,
  policy: Policy.Policy,
  events: ReadonlyArray<TrainEvent>,
  expected: Readonly<Record<number, ReadonlyArray<Policy.Command["_tag"]>>>
): Row => ({
  name,
  source: "its definition in docs/schedules-and-policies.md",
  reference: Object.entries(expected)
    .map(([i, tags]) => `event ${i}: ${tags.join(", ")}`)
    .join("; "),
  tolerance: "exact",
  check: Effect.sync(() =>
    assert.deepStrictEqual(
      commands(policy, events).map((asked) => asked.map(({ _tag }) => _tag)),
      events.map((_, i) => [...(expected[i] ?? [])])
    )
  )
})

const twenty = Array.from({ length: 20 }, (_, step) => stepEnded(step))
const bad = (...steps: ReadonlyArray<number>) =>
  twenty.map((event) => (steps.includes(event.step) ? { ...event, loss: Number.NaN } : event))
const jumping = twenty.map((event) => (event.step === 12 ? { ...event, loss: 5 } : event))

export const rows: ReadonlyArray<Row> = [
  ...plateaus,
  ...stops,
  defined("budget: steps", Policies.budget({ steps: 20 }), twenty, { 19: ["Stop"] }),
  defined("budget: minutes", Policies.budget({ minutes: 0.25 }), twenty.slice(0, 15), { 14: ["Stop"] }),
  defined("budget: epochs", Policies.budget({ epochs: 2 }), [epochEnded(0, 1), epochEnded(1, 1)], { 1: ["Stop"] }),
  defined("saveEvery", Policies.saveEvery(8), twenty, { 7: ["Save"], 15: ["Save"] }),
  defined("saveEveryMinutes", Policies.saveEveryMinutes({ minutes: 0.15 }), twenty, { 8: ["Save"], 17: ["Save"] }),
  defined("evaluateEvery", Policies.evaluateEvery({ steps: 8 }), twenty, { 7: ["Evaluate"], 15: ["Evaluate"] }),
  {
    name: "gradual unfreezing",
    source: "its definition in docs/schedules-and-policies.md",
    reference: "frozen in epochs 0 to 3: a b c, a b c, a b, a",
    tolerance: "exact",
    check: Effect.sync(() => {
      const plan = {
        frozen: (path: string) => path !== "head",
        unfreeze: ["c", "b"].map((part, i) => ({ epoch: 2 + i, paths: (path: string) => path === part })),
        freezeAfter: []
      }
      const frozen = [0, 1, 2, 3].map((epoch) => ["a", "b", "c", "head"].filter(frozenIn(plan, epoch) ?? (() => false)))
      assert.deepStrictEqual(frozen, [["a", "b", "c"], ["a", "b", "c"], ["a", "b"], ["a"]])
    })
  },
  {
    name: "freezing after some epochs",
    source: "its definition in docs/schedules-and-policies.md",
    reference: "frozen in epochs 0 to 3: a b, a, a b c, a b c",
    tolerance: "exact",
    check: Effect.sync(() => {
      const plan = {
        frozen: (path: string) => path === "a" || path === "b",
        unfreeze: [{ epoch: 1, paths: (path: string) => path === "b" }],
        freezeAfter: [{ epoch: 2, paths: (path: string) => path !== "head" }]
      }
      const frozen = [0, 1, 2, 3].map((epoch) => ["a", "b", "c", "head"].filter(frozenIn(plan, epoch) ?? (() => false)))
      assert.deepStrictEqual(frozen, [["a", "b"], ["a"], ["a", "b", "c"], ["a", "b", "c"]])
    })
  },
  defined(
    "keepBest: count 2",
    Policies.keepBest({ metric: "validation/loss", count: 2 }),
    [3, 2, 4, 1, 1].map((loss, epoch) => epochEnded(epoch, loss)),
    { 0: ["Save", "Keep"], 1: ["Save", "Keep"], 3: ["Save", "Keep"], 4: ["Save", "Keep"] }
  ),
  defined(
    "keepLast: count 2",
    Policies.keepLast({ count: 2 }),
    [3, 2, 4].map((loss, epoch) => epochEnded(epoch, loss)),
    { 0: ["Save", "Keep"], 1: ["Save", "Keep"], 2: ["Save", "Keep"] }
  ),
  defined("divergence: stop", Policies.divergence({ action: "stop" }), bad(3).slice(0, 4), { 3: ["Rollback", "Stop"] }),
  defined("divergence: skip", Policies.divergence({ action: "skip", retries: 2 }), bad(3, 5, 9).slice(0, 10), {
    3: ["Rollback"],
    5: ["Rollback"],
    9: ["Rollback", "Stop"]
  }),
  defined("divergence: restore", Policies.divergence({ every: 4, retries: 1 }), bad(6, 9).slice(0, 10), {
    3: ["Save", "Keep"],
    6: ["Rollback", "Restore", "ScaleRate"],
    7: ["Save", "Keep"],
    9: ["Rollback", "Stop"]
  }),
  defined("divergence: jump", Policies.divergence({ action: "skip", jump: 4, window: 10 }), jumping, {
    12: ["Rollback"]
  })
]
