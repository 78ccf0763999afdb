import { Effect, type FileSystem, Option, type Path, Schema } from "effect"
import type { Preprocessing } from "../../data/Preprocessing.js"
import { sha256 } from "../../internal/Digest.js"
import type { Kinds } from "../../model/Kinds.js"
import * as Network from "../../model/Network.js"
import type { HostTensor, Weights } from "../../model/Tensors.js"
import * as WeightFile from "../../model/weights/WeightFile.js"
import * as TorchWeights from "../../model/weights/Weights.js"
import type { WeightsError } from "../../model/weights/WeightsError.js"
import * as PlanRecord from "../../train/PlanRecord.js"
import * as TrainState from "../../train/TrainState.js"
import { FileError } from "../files/Files.js"
import { readBytes } from "../files/WeightFiles.js"
import { CheckpointError } from "../run/CheckpointFormat.js"
import { Checkpoints } from "../run/Checkpoints.js"
import * as RunDirectory from "./RunDirectory.js"
import * as RunInfo from "./RunInfo.js"

/**
 * A network with its weights and its preprocessing.
 *
 * @category models
 */
export interface TrainedNetwork {
  readonly network: Network.Network
  readonly weights: Weights<HostTensor>
  readonly preprocessing: Preprocessing
}

/**
 * The network of the run in a directory, with the weights of the finished run or, if it is not finished, of its newest checkpoint. `kinds` are needed if it has custom
 * layers.
 *
 * **Errors** `FileError` if the directory holds no run, or its weights have changed since they were written; `CheckpointError` if all checkpoints are damaged.
 *
 * @category constructors
 */
export const ofRun = (
  directory: string,
  { kinds }: { readonly kinds?: Kinds } = {}
): Effect.Effect<TrainedNetwork, FileError | WeightsError | CheckpointError, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function* () {
    const run = yield* RunDirectory.open(directory)
    const { finished, plan, preprocessing } = yield* RunInfo.read(run.run)
    const network = yield* Schema.decodeUnknownEffect(Network.codec(kinds))(plan.network).pipe(
      Effect.mapError(
        ({ message }) =>
          new FileError({
            reason: `the network of ${run.path} cannot be read: ${message}`,
            fix: "give the custom kinds of layer that it was made of: the option kinds in code, --kinds MODULE at the command line; or read it with the version that wrote it"
          })
      )
    )
    const weights = yield* finished === null
      ? ofCheckpoint(run, PlanRecord.identity(plan))
      : ofFinished(run, network, finished)
    return { network, weights, preprocessing }
  })

const ofFinished = Effect.fnUntraced(function* (
  run: RunDirectory.RunDirectory,
  network: Network.Network,
  { file }: RunInfo.Finished
) {
  const bytes = yield* readBytes(run.weights)
  if (bytes.length !== file.bytes || sha256(bytes) !== file.sha256) {
    return yield* new FileError({
      reason: `${run.weights} is not the file that the run wrote: expected ${file.bytes} bytes with the SHA-256 ${file.sha256}, found ${bytes.length} bytes with ${sha256(bytes)}`,
      fix: "resume the run, which writes its weights again from its last checkpoint, or restore the file from a copy"
    })
  }
  const tensors = yield* Effect.fromResult(WeightFile.decode(bytes))
  return yield* Effect.fromResult(TorchWeights.fromTorch(network, tensors))
})

const ofCheckpoint = Effect.fnUntraced(function* (run: RunDirectory.RunDirectory, identity: string) {
  const newest = yield* Effect.flatMap(Checkpoints, ({ latest }) => latest(identity)).pipe(
    Effect.provide(Checkpoints.layerFileSystem(run.checkpoints))
  )
  return Option.isSome(newest)
    ? TrainState.inference(newest.value.train)
    : yield* new CheckpointError({
        reason: `${run.checkpoints} holds no checkpoint of the run`,
        fix: "train the run until its first checkpoint, or name another run"
      })
})
