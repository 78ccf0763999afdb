import { Result, Schema } from "effect"
import * as Random from "../../src/internal/Random.js"
import * as Machine from "../../src/train/Machine.js"
import * as Measured from "../../src/train/Measured.js"
import * as Samples from "../../src/train/metrics/Samples.js"
import * as Plan from "../../src/train/Plan.js"
import * as Policy from "../../src/train/Policy.js"
import { Progress } from "../../src/train/Progress.js"
import type { Evaluated, EvaluatedSet, TrainEvent } from "../../src/train/TrainEvent.js"
import type { TrainState } from "../../src/train/TrainState.js"
import * as Plans from "./Plans.js"

/** So many samples of two classes, of which so many are right. */
export const samples = (count: number, correct: number): Samples.Samples =>
  Samples.make({
    task: "classes",
    width: 2,
    outputs: Float32Array.from({ length: 2 * count }, (_, k) => (k % 2 === 0 ? 1 : 0)),
    targets: Float32Array.from({ length: 2 * count }, (_, k) => (k % 2 === (k < 2 * correct ? 0 : 1) ? 1 : 0))
  })

/** The losses that a run without tensors meets, by step. */
export type LossAt = (step: number) => number

/** A small plan of `epochs` epochs of 3 steps, the last of which has 4 images, and its policies. */
export const checked = (epochs: number, ...policies: ReadonlyArray<Policy.Policy>): Plan.Checked =>
  Result.getOrThrow(
    Plan.check(
      policies.reduce((plan, policy) => Plan.policy(policy)(plan), Plan.epochs(epochs)(Plan.batchSize(20)(Plans.small)))
    )
  )

/** A policy without a state. */
export const stateless = (name: string, on: (event: TrainEvent) => ReadonlyArray<Policy.Command>): Policy.Policy =>
  Policy.make({ name, state: Schema.Null, initial: null, on: (state, event) => [state, on(event)] })

/** A state without tensors. */
export const train = (step: number): TrainState => ({ step, groups: {} })

/** What a run has done: a line for each task, the events, the states that were freed, and how it stands. */
export interface Log {
  readonly tasks: ReadonlyArray<string>
  readonly events: ReadonlyArray<TrainEvent>
  readonly freed: ReadonlyArray<TrainState>
  readonly run: Machine.RunState
}

/** Does the next task of a run without tensors, which takes half a second a step; `undefined` when the run is finished. */
export const advance = (checked: Plan.Checked, { events, freed, run, tasks }: Log, lossAt: LossAt): Log | undefined => {
  const { progress } = run
  const task = Machine.next(checked, run)
  const became = (
    line: string,
    { events: more, run }: Machine.Advanced,
    also: ReadonlyArray<TrainState> = []
  ): Log => ({
    tasks: [...tasks, line],
    events: [...events, ...more],
    freed: [...freed, ...also],
    run
  })
  switch (task?._tag) {
    case undefined:
      return undefined
    case "Train": {
      const images = Math.min(20, 44 - 20 * task.batch)
      const result = { next: train(run.train.step + 1), loss: lossAt(progress.step) }
      const advanced = Result.getOrThrow(
        Machine.trained(run, task, result, { samples: samples(images, progress.step % 4), seconds: 0.5, waited: 0.1 })
      )
      return became(`train ${task.epoch}.${task.batch}`, advanced, [advanced.freed])
    }
    case "Restore": {
      const restored = { train: train(task.restoration.from), validation: null }
      return became(`restore ${task.restoration.from}`, Machine.restored(run, task.restoration, restored), [run.train])
    }
    case "Evaluate":
      return became(`evaluate ${task.set}`, Machine.evaluated(run, evaluation(task.set, progress.step)))
    case "EndEpoch": {
      const scores = { validation: null, test: evaluation("test", progress.step).scores }
      return became(`end ${task.epoch}`, Machine.epochEnded(checked, run, task.epoch, scores))
    }
    case "Save":
      return became(`save ${progress.step}`, { run: Machine.saved(run), events: [] })
    case "Finish":
      return became("finish", Machine.finished(checked, run, evaluation("test", progress.step), "digest"))
  }
}

const evaluation = (set: EvaluatedSet, step: number): Evaluated => ({
  _tag: "Evaluated",
  set,
  step,
  scores: { loss: 1 / (step + 1), total: 10, metrics: { accuracy: 0.5 } },
  intervals: {},
  details: [],
  confusion: [],
  mistakes: []
})

/** The log of a run that has not begun. */
export const begin = (checked: Plan.Checked): Log => ({
  tasks: [],
  events: [],
  freed: [],
  run: Machine.start(checked, train(0))
})

/** The log after each task, from a given one to the end of the run. */
export const unfold = (checked: Plan.Checked, from: Log, lossAt: LossAt = constant): ReadonlyArray<Log> => {
  const logs = [from]
  for (let next = advance(checked, from, lossAt); next !== undefined; next = advance(checked, next, lossAt)) {
    logs.push(next)
  }
  return logs
}

const constant: LossAt = () => 1

/** The log of a whole run. */
export const complete = (checked: Plan.Checked, lossAt?: LossAt): Log => {
  const log = unfold(checked, begin(checked), lossAt).at(-1)
  if (log === undefined) throw new Error("a run has at least its beginning")
  return log
}

/** A run as a checkpoint would bring it back, through JSON, with nothing done since. */
export const reload = (checked: Plan.Checked, { run }: Log): Log => {
  const { epoch, kept, pending, policies, progress, validation } = run
  const text = JSON.stringify({
    progress: Schema.encodeSync(Progress)(progress),
    pending,
    kept,
    validation,
    policies: policies.map(({ state }) => state),
    epoch: Measured.encode(epoch)
  })
  const stored = JSON.parse(text)
  return {
    tasks: [],
    events: [],
    freed: [],
    run: {
      train: train(run.train.step),
      progress: Schema.decodeUnknownSync(Progress)(stored.progress),
      pending: stored.pending,
      kept: stored.kept,
      validation: stored.validation,
      policies: checked.policies.map((policy, i) => Result.getOrThrow(policy.restore(stored.policies[i]))),
      epoch: Result.getOrThrow(
        Measured.decode(
          Plan.streamed(checked),
          Plan.shape(checked),
          Schema.decodeUnknownSync(Measured.MeasuredState)(stored.epoch)
        )
      ),
      finished: run.finished
    }
  }
}

/** A policy that asks for anything at any time, at random but always the same, and remembers how many events it has seen. */
export const arbitrary = (name: string, seed: number): Policy.Policy =>
  Policy.make({
    name,
    options: { seed },
    state: Schema.Struct({ seen: Schema.Int }),
    initial: { seen: 0 },
    on: ({ seen }, event) => {
      const { below } = Random.make(seed, name, seen)
      const choices: ReadonlyArray<ReadonlyArray<Policy.Command>> = [
        [Policy.save],
        [Policy.scaleRate(0.5), Policy.save],
        [Policy.rollback],
        // An evaluation that asks for another one would never end.
        event._tag === "Evaluated" ? [] : [Policy.evaluate("test"), Policy.evaluate("validation")],
        below(8) === 0 ? [Policy.stop(`${name} after ${seen} events`)] : []
      ]
      return [{ seen: seen + 1 }, below(2) === 0 ? (choices[below(choices.length)] ?? []) : []]
    }
  })
