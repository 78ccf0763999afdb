import type { Kernels } from "../../model/Kernels.js"
import * as Plan from "../../train/Plan.js"
import * as Step from "../../train/Step.js"
import * as LeakGuard from "./LeakGuard.js"

/** The step of each 0-based epoch: they differ in what is frozen. */
export const make = (
  { freezeAfter, plan, steps, unfreeze }: Plan.Checked,
  kernels: Kernels
): ((epoch: number) => Step.Step) => {
  const stepFrom = (epoch: number): Step.Step => {
    const stage = Plan.inEpoch(plan, epoch)
    return LeakGuard.step(Step.make({ ...stage, steps, kernels }), stage, kernels)
  }
  const first = stepFrom(0)
  const later = [...unfreeze, ...freezeAfter]
    .map(({ epoch }) => ({ epoch, step: stepFrom(epoch) }))
    .sort((a, b) => a.epoch - b.epoch)
  return (epoch) => later.findLast((stage) => stage.epoch <= epoch)?.step ?? first
}
