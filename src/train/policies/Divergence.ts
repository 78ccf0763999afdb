import { Effect, Pull, Schedule, Schema } from "effect"
import * as Policy from "../Policy.js"
import { BelowOne, Count, described, Natural, withDefault } from "../recipe/Fields.js"

const Jump = described(Schema.Finite.check(Schema.isGreaterThan(1)), "a number above 1")

/**
 * The options of `divergence`.
 *
 * @category schemas
 */
export const DivergenceOptions = Schema.Struct({
  /** What happens: the run ends; the step is undone; or the run goes back to its last good checkpoint, with a lower rate. */
  action: Schema.Literals(["stop", "skip", "restore"]).pipe(withDefault("restore")),
  /** A loss of more than so many times the median of the last `window` losses counts as diverged; without it only one that is not finite. */
  jump: Schema.optionalKey(Jump),
  window: Count.pipe(withDefault(50)),
  /** How often a step is undone or a checkpoint restored, before the run ends. */
  retries: Natural.pipe(withDefault(3)),
  /** What the rate is multiplied by at each restoration. */
  factor: BelowOne.pipe(withDefault(0.5)),
  /** Steps between the checkpoints to go back to, in addition to those at the ends of epochs; 0 for none. */
  every: Natural.pipe(withDefault(0))
})

const State = Schema.Struct({
  /** The step to go back to. */
  good: Schema.Int,
  recent: Schema.Array(Schema.Number),
  millis: Schema.Number,
  /** The training time of each retry. */
  retries: Schema.Array(Schema.Number)
})

/**
 * Whether a schedule goes on after these times in milliseconds, with their numbers from 0 as its input. Its own clock and delays are not used, so the answer is the same
 * whenever it is asked.
 */
const goesOn = (schedule: Schedule.Schedule<unknown, number>, times: ReadonlyArray<number>): boolean =>
  Effect.runSync(
    Effect.gen(function* () {
      const step = yield* Schedule.toStep(schedule)
      for (const [i, time] of times.entries()) yield* step(time, i)
      return true
    }).pipe(Pull.catchDone(() => Effect.succeed(false)))
  )

const median = (values: ReadonlyArray<number>): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0

/**
 * Deals with a loss that is not finite, or jumps: ends the run, undoes the step, or goes back to the last good checkpoint with a lower rate.
 *
 * After a restoration the run goes on with the next images, not those that it has seen since the checkpoint. `retries` may be a `Schedule` of Effect; it decides how often,
 * by the training time at each retry, and its delays mean nothing. A checkpoint records for how many retries it goes on (at most 100).
 *
 * **Source** the restart with other images is that of Chowdhery et al. 2022 (PaLM), arXiv:2204.02311, sec. 5.1.
 *
 * @example
 * ```ts
 * import { Schedule } from "effect"
 * import { Policies } from "effect-tensorflow/train"
 *
 * const policy = Policies.divergence({ jump: 10, retries: Schedule.recurs(5) })
 *
 * policy.options // => { action: "restore", jump: 10, window: 50, retries: 5, factor: 0.5, every: 0 }
 * ```
 *
 * @category policies
 */
export const divergence = (
  given: Omit<typeof DivergenceOptions.Encoded, "retries"> & {
    readonly retries?: number | Schedule.Schedule<unknown, number>
  } = {}
): Policy.Policy => {
  const { retries, ...rest } = given
  const schedule = typeof retries === "object" ? retries : undefined
  const retriesGiven = schedule === undefined ? retries : recurrences(schedule)
  const options = Schema.decodeSync(DivergenceOptions)({
    ...rest,
    ...(typeof retriesGiven === "number" ? { retries: retriesGiven } : {})
  })
  const { action, every, factor, jump = Infinity, window } = options
  const allowed = schedule ?? Schedule.recurs(options.retries)
  const hasJumped = (loss: number, recent: ReadonlyArray<number>) =>
    recent.length === window && loss > jump * median(recent)
  return Policy.make({
    name: "divergence",
    options,
    state: State,
    initial: { good: 0, recent: [], millis: 0, retries: [] },
    on: (state, event) => {
      if (event._tag === "EpochEnded") {
        return action === "restore" ? [{ ...state, good: event.step }, [Policy.keep([event.step])]] : [state, []]
      }
      if (event._tag !== "StepEnded") return [state, []]
      const millis = state.millis + event.millis
      const { loss } = event
      if (Number.isFinite(loss) && !hasJumped(loss, state.recent)) {
        const next = { ...state, millis, recent: [...state.recent, loss].slice(-window) }
        const done = event.step + 1
        return action === "restore" && every > 0 && done % every === 0
          ? [{ ...next, good: done }, [Policy.save, Policy.keep([done])]]
          : [next, []]
      }
      const tried = { ...state, millis, retries: [...state.retries, millis] }
      const what = `the loss of step ${event.step + 1} was ${loss}`
      if (action === "stop") return [tried, [Policy.rollback, Policy.stop(what)]]
      if (!goesOn(allowed, tried.retries)) {
        return [tried, [Policy.rollback, Policy.stop(`${what}, after ${state.retries.length} retries`)]]
      }
      return action === "skip"
        ? [tried, [Policy.rollback]]
        : [{ ...tried, recent: [] }, [Policy.rollback, Policy.restore(state.good), Policy.scaleRate(factor)]]
    }
  })
}

/** For how many retries in no time a schedule goes on, at most 100. */
const recurrences = (schedule: Schedule.Schedule<unknown, number>): number => {
  const times = Array.from({ length: 100 }, () => 0)
  const end = times.findIndex((_, i) => !goesOn(schedule, times.slice(0, i + 1)))
  return end < 0 ? times.length : end
}
