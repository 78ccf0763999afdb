import { Effect, Layer } from "effect"
import { Backend } from "../services/backend/Backend.js"
import type { Settings } from "../services/config/RunConfig.js"
import * as ReportFiles from "../services/directory/ReportFiles.js"
import type { RunDirectory } from "../services/directory/RunDirectory.js"
import * as EpochTable from "../services/reporters/EpochTable.js"
import * as Jsonl from "../services/reporters/Jsonl.js"
import * as Progress from "../services/reporters/Progress.js"
import { Checkpoints } from "../services/run/Checkpoints.js"
import { Reporters } from "../services/run/Reporters.js"
import { Trainer } from "../services/run/Trainer.js"

/** The backend that the settings ask for; TensorFlow is installed where it is missing, and where that fails "auto" takes wasm. */
export const backend = ({ backend, device, threads }: Pick<Settings, "backend" | "device" | "threads">) => {
  const tensorflow = Backend.layerTensorFlowInstalled({ device, ...(threads === null ? {} : { threads }) })
  switch (backend) {
    case "tensorflow":
      return tensorflow
    case "wasm":
      return Backend.layerWasm
    case "cpu":
      return Backend.layerCpu
    case "auto":
      return device === "gpu" ? tensorflow : orWasm(tensorflow)
  }
}

const orWasm = <E extends Error>(layer: Layer.Layer<Backend, E>) =>
  Layer.catch(layer, (error) =>
    Layer.provideMerge(
      Backend.layerWasm,
      Layer.effectDiscard(Effect.logWarning(`computing with wasm, slowly: ${error.message}`))
    )
  )

/** Who watches a run at the terminal, and who writes into its directory. */
const reporters = (run: RunDirectory) =>
  Reporters.layer([Progress.make(), EpochTable.make, Jsonl.make(run.events), ReportFiles.make(run.path)])

/** A trainer whose runs are kept in `run`; it takes the backend from outside. */
export const trainer = (run: RunDirectory) =>
  Trainer.layer.pipe(Layer.provide([Checkpoints.layerFileSystem(run.checkpoints), reporters(run)]))
