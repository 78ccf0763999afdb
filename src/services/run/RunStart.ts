import * as tf from "@tensorflow/tfjs-core"
import { Clock, Effect, Option } from "effect"
import { uploadAll } from "../../internal/Transfer.js"
import * as Init from "../../model/Init.js"
import type * as Machine from "../../train/Machine.js"
import * as Plan from "../../train/Plan.js"
import { guard } from "../../train/TrainError.js"
import type { RunStarted } from "../../train/TrainEvent.js"
import * as TrainState from "../../train/TrainState.js"
import type { BackendReport } from "../backend/Backend.js"
import type { Checkpoint, Environment } from "./CheckpointFormat.js"

/** The state of a plan before its first step, on the backend, with the slots of all that is ever trained. **Ownership** its tensors belong to the caller. */
export const state = (plan: Plan.Plan): TrainState.TrainState => {
  const { params, state } = plan.start ?? Init.init(plan.network, plan.seed)
  const ever = Plan.unfrozen(plan)
  return tf.tidy(() => ({
    ...guard("optimizer", () => TrainState.start({ params: uploadAll(params), state: uploadAll(state) }, ever))
  }))
}

/** The first event of a run, new or resumed. */
export const started = Effect.fnUntraced(function* (
  { metrics, plan, steps, train, validation }: Plan.Checked,
  run: Machine.RunState,
  from: Option.Option<Checkpoint & { readonly location: string }>,
  report: BackendReport
) {
  const { dataset, network } = plan
  return {
    _tag: "RunStarted",
    at: new Date(yield* Clock.currentTimeMillis).toISOString(),
    network: network.name,
    dataset: dataset.name,
    classNames: dataset.classNames,
    parameters: Object.values(run.train.groups.params ?? {}).reduce((sum, { size }) => sum + size, 0),
    backend: describe(report),
    seed: plan.seed,
    epochs: plan.epochs,
    batchSize: plan.batchSize,
    stepsPerEpoch: steps.perEpoch,
    trainImages: train.count,
    validationImages: validation.count,
    testImages: dataset.test.count,
    metrics: metrics.map(({ goal, name, streams, unit }) => ({ name, goal, unit, streams })),
    step: run.progress.step,
    resumed: Option.match(from, {
      onNone: () => null,
      onSome: ({ location, progress }) => ({ events: progress.events, location })
    })
  } satisfies RunStarted
})

/** What a checkpoint records of the backend. */
export const environmentOf = ({
  backend,
  device,
  instructions,
  kernels,
  onednn,
  tensorflow,
  threads
}: BackendReport): Environment => ({ backend, device, instructions, kernels, onednn, tensorflow, threads })

const describe = ({ backend, device, kernels, onednn, tensorflow, threads }: BackendReport): string =>
  tensorflow === null
    ? backend
    : `${backend} ${tensorflow} on ${device}, ${threads} threads, oneDNN ${onednn ? "on" : "off"}, ${kernels === null ? "TensorFlow's kernels" : `kernels ${kernels}`}`
