import type * as Policy from "./Policy.js"
import type { Advanced, RunState } from "./RunState.js"
import { guard, PartError } from "./TrainError.js"
import type { TrainEvent } from "./TrainEvent.js"

/** A run after an event; `rolledBack` if a policy undid the step. */
export interface Told extends Advanced {
  readonly rolledBack: boolean
}

/** Passes an event to all policies, in their order, and carries out their commands; what takes a task becomes pending. */
export const tell = (run: RunState, event: TrainEvent): Told => {
  let { kept, pending, progress } = run
  let rolledBack = false
  const policies: Array<Policy.Running> = []
  const events: Array<TrainEvent> = [event]
  for (const policy of run.policies) {
    const [next, commands] = guard("policy", () => policy.on(event))
    policies.push(next)
    for (const command of commands) {
      switch (command._tag) {
        case "Save":
          pending = { ...pending, save: true }
          break
        case "Stop":
          pending = { ...pending, save: true }
          progress = { ...progress, stopped: progress.stopped ?? command.reason }
          break
        case "ScaleRate": {
          const scale = progress.rateScale * scaling(policy, command.factor)
          progress = { ...progress, rateScale: scale }
          events.push({ _tag: "RateScaled", step: stepAfter(event), scale, policy: policy.name })
          break
        }
        case "Rollback":
          if (event._tag === "StepEnded" && !rolledBack) {
            rolledBack = true
            events.push({ _tag: "StepRolledBack", step: event.step, policy: policy.name })
          }
          break
        case "Restore": {
          const restoration = { from: command.step, policy: policy.name }
          pending =
            command.when === "now"
              ? { ...pending, restore: pending.restore ?? restoration }
              : { ...pending, restoreAtEnd: restoration }
          break
        }
        case "Keep":
          kept = { ...kept, [policy.name]: command.steps }
          break
        case "Evaluate":
          if (!pending.evaluate.includes(command.set)) {
            pending = { ...pending, evaluate: [...pending.evaluate, command.set] }
          }
          break
      }
    }
  }
  return {
    events,
    rolledBack,
    run: { ...run, policies, pending, kept, progress: { ...progress, events: progress.events + events.length } }
  }
}

/** The factor that a policy asks for; another than a finite one of at least 0 would spoil the rate of all later steps, in the checkpoints too. */
const scaling = ({ name }: Policy.Running, factor: number): number => {
  if (Number.isFinite(factor) && factor >= 0) return factor
  throw new PartError({
    part: "policy",
    reason: `("${name}") multiplied the learning rate by ${factor}`,
    fix: "give Policy.scaleRate a finite factor of at least 0"
  })
}

const stepAfter = (event: TrainEvent): number =>
  event._tag === "StepEnded" ? event.step + 1 : "step" in event ? event.step : 0
