import { Effect, Option } from "effect"
import * as Measured from "../../train/Measured.js"
import * as Plan from "../../train/Plan.js"
import * as PlanRecord from "../../train/PlanRecord.js"
import type { Policy, Running } from "../../train/Policy.js"
import { type Checkpoint, CheckpointError, type Environment } from "./CheckpointFormat.js"
import type { Checkpoints } from "./Checkpoints.js"

/**
 * How a run starts.
 *
 * @category models
 */
export interface Options {
  /** Resumes from the newest checkpoint of the same plan, if there is one; default false. */
  readonly resume?: boolean
  /** Settings that may differ from those that the run was started with. With more `epochs` a finished run continues. */
  readonly change?: ReadonlyArray<PlanRecord.Changeable>
}

/** The identity of a run, its plan, and what computes it. */
export interface Identity {
  readonly run: string
  readonly plan: PlanRecord.PlanRecord
  readonly environment: Environment
}

/**
 * The newest undamaged checkpoint that a plan may resume from, and its location; none if there is no checkpoint at all.
 *
 * **Errors** `CheckpointError` if the checkpoints are of another plan, with a list of the differences, or if all are damaged.
 */
export const find = Effect.fnUntraced(function* (
  checkpoints: Checkpoints["Service"],
  identity: Identity,
  { change = [] }: Options
) {
  const latest = yield* checkpoints.latest(identity.run)
  const { entries } = yield* checkpoints.list
  if (Option.isNone(latest)) {
    const other = entries.at(-1)
    return other === undefined
      ? Option.none()
      : yield* refused(PlanRecord.differences(other.manifest.plan, identity.plan), change)
  }
  const checkpoint = latest.value
  const differences = PlanRecord.differences(checkpoint.plan, identity.plan)
  if (differences.some((difference) => !PlanRecord.isAllowed(difference, change))) {
    return yield* refused(differences, change)
  }
  yield* warn(checkpoint.environment, identity.environment)
  const own = entries.findLast(
    ({ manifest }) => manifest.progress.events === checkpoint.progress.events && manifest.run === identity.run
  )
  return Option.some({ ...extended(checkpoint, identity.plan.epochs), location: own?.location ?? "" })
})

/** A run that a policy stopped continues if its number of epochs may change. */
const extended = (checkpoint: Checkpoint, epochs: number): Checkpoint =>
  checkpoint.plan.epochs === epochs
    ? checkpoint
    : { ...checkpoint, progress: { ...checkpoint.progress, stopped: null } }

/** The error for a plan that may not resume from the checkpoint of another plan. */
export const refused = (
  differences: ReadonlyArray<PlanRecord.Difference>,
  change: ReadonlyArray<PlanRecord.Changeable>
): CheckpointError => {
  const askable = differences.flatMap(({ path }) =>
    PlanRecord.Changeable.literals.filter((name) => name === path && !change.includes(name))
  )
  return new CheckpointError({
    reason: `the checkpoint is of another plan:\n${PlanRecord.render(differences)}`,
    fix:
      askable.length > 0
        ? `resume with what the run was started with, or allow ${askable.join(" and ")} to change: --change ${askable.join(" --change ")} at the terminal, { resume: true, change: ${JSON.stringify(askable)} } in a program`
        : "resume with what the run was started with, or start a new run in another directory; epochs, checkpointEvery, threads and reporters may change"
  })
}

/** Warns about another processor, library or number of threads, which sum in another order. */
const warn = (then: Environment, now: Environment): Effect.Effect<void> => {
  const changed = (["backend", "tensorflow", "device", "instructions", "threads", "onednn", "kernels"] as const)
    .filter((key) => then[key] !== now[key])
    .map((key) => `${key} ${then[key]} then, ${now[key]} now`)
  return changed.length === 0
    ? Effect.void
    : Effect.logWarning(`the run continues, but not bit for bit as it would have: ${changed.join("; ")}`)
}

/**
 * The totals of the epoch that a checkpoint is in.
 *
 * **Errors** `CheckpointError` for a state that a metric cannot read.
 */
export const restoreEpoch = (
  checked: Plan.Checked,
  epoch: Checkpoint["epoch"]
): Effect.Effect<Measured.Measured, CheckpointError> =>
  Effect.mapError(
    Effect.fromResult(Measured.decode(Plan.streamed(checked), Plan.shape(checked), epoch)),
    (reason) =>
      new CheckpointError({
        reason: `the totals of the epoch cannot be restored: ${reason}`,
        fix: "resume with the version of the metric that the run was started with"
      })
  )

/**
 * The policies of a plan, with their states from a checkpoint.
 *
 * **Errors** `CheckpointError` for a state that a policy cannot read.
 */
export const restorePolicies = (
  policies: ReadonlyArray<Policy>,
  states: Checkpoint["policies"]
): Effect.Effect<ReadonlyArray<Running>, CheckpointError> =>
  Effect.forEach(policies, (policy) => {
    const state = states[policy.name]
    return state === undefined
      ? Effect.succeed(policy.start)
      : Effect.mapError(
          Effect.fromResult(policy.restore(state)),
          (message) =>
            new CheckpointError({
              reason: `the policy "${policy.name}" cannot read its state in the checkpoint: ${message}`,
              fix: "resume with the version of the policy that the run was started with"
            })
        )
  })
