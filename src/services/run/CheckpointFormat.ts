import { Effect, Result, Schema } from "effect"
import { sha256 } from "../../internal/Digest.js"
import type { HostTensor } from "../../model/Tensors.js"
import * as Safetensors from "../../model/weights/Safetensors.js"
import type { StoredTensor } from "../../model/weights/StoredTensor.js"
import { MeasuredState } from "../../train/Measured.js"
import { PlanRecord } from "../../train/PlanRecord.js"
import { Progress } from "../../train/Progress.js"
import { Kept, Pending } from "../../train/RunState.js"
import { withDefault } from "../../train/recipe/Fields.js"
import { Scores } from "../../train/TrainEvent.js"
import type { TrainState } from "../../train/TrainState.js"
import { seal, unseal } from "../files/Sealed.js"

/**
 * A checkpoint could not be written or read: `reason` says why, `fix` what to do.
 *
 * @category errors
 */
export class CheckpointError extends Schema.TaggedError<CheckpointError>()("CheckpointError", {
  reason: Schema.String,
  fix: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {
  override get message(): string {
    return `${this.reason}\n  fix: ${this.fix}`
  }
}

/**
 * What computed a checkpoint. The exact bits of the next step depend on it.
 *
 * @category models
 */
export const Environment = Schema.Struct({
  backend: Schema.String,
  tensorflow: Schema.NullOr(Schema.String),
  onednn: Schema.Boolean,
  device: Schema.String,
  /** The processor's extensions for which kernels exist, and the cap of `ONEDNN_MAX_CPU_ISA`. */
  instructions: Schema.String,
  threads: Schema.Int,
  /** The build of this library's kernels; `null` where those of the backend computed. */
  kernels: Schema.NullOr(Schema.String).pipe(withDefault(null))
})
export type Environment = typeof Environment.Type

const fields = {
  /** The identity of its run (`PlanRecord.identity`). */
  run: Schema.String,
  plan: PlanRecord,
  environment: Environment,
  progress: Progress,
  /** What policies have asked for and has not been done yet. */
  pending: Pending,
  /** The steps whose checkpoints policies want to be kept. */
  kept: Kept.pipe(withDefault({})),
  /** The states of the policies, by their names. */
  policies: Schema.Record(Schema.String, Schema.Json),
  /** Totals of the unfinished epoch. */
  epoch: MeasuredState,
  /** Scores on the validation split, if an epoch ends here. */
  validation: Schema.NullOr(Scores)
}

/**
 * The state of a run between two of its tasks, in host memory.
 *
 * @category models
 */
export interface Checkpoint extends Schema.Struct.Type<typeof fields> {
  readonly train: TrainState<HostTensor>
}

/**
 * The contents of `manifest.json`: everything but the tensors, enough to choose a checkpoint.
 *
 * @category models
 */
export const Manifest = Schema.Struct({
  formatVersion: Schema.Literal(3),
  ...fields,
  tensors: Schema.Struct({ bytes: Schema.Int, sha256: Schema.String })
})
export type Manifest = typeof Manifest.Type

// The JSON codec, since JSON has no NaN and no infinity: a validation loss that is not a number must not spoil the checkpoint.
const ManifestJson = Schema.fromJsonString(Schema.toCodecJson(Manifest))

/**
 * The two files of a checkpoint.
 *
 * @category models
 */
export interface Files {
  readonly manifest: string
  readonly tensors: Uint8Array
}

/**
 * A checkpoint as the contents of its two files.
 *
 * @category encoding
 */
export const encode = ({ train, ...rest }: Checkpoint): Files => {
  const tensors: Record<string, StoredTensor> = {}
  for (const [group, members] of Object.entries(train.groups)) {
    for (const [path, { shape, data }] of Object.entries(members)) {
      tensors[`${group}/${path}`] = { dtype: "F32", shape, data }
    }
  }
  const bytes = Safetensors.encode({ tensors, metadata: {} })
  const manifest = Schema.encodeSync(ManifestJson)({
    formatVersion: 3,
    ...rest,
    tensors: { bytes: bytes.length, sha256: sha256(bytes) }
  })
  return { manifest: seal(manifest), tensors: bytes }
}

/**
 * Reads a manifest; `name` is that of the checkpoint, for errors.
 *
 * **Errors** `CheckpointError` if any byte has changed since it was written.
 *
 * @category decoding
 */
export const decodeManifest = (name: string, text: string): Effect.Effect<Manifest, CheckpointError> => {
  const json = unseal(text)
  return json === undefined
    ? Effect.fail(damaged(name, "its manifest is not as it was written, or of another format version than 3"))
    : Schema.decodeEffect(ManifestJson)(json).pipe(
        Effect.mapError((error) => damaged(name, `its manifest is not one of format version 3: ${error.message}`))
      )
}

/**
 * Reads a checkpoint.
 *
 * **Errors** `CheckpointError` if the tensors are not those of the manifest.
 *
 * @category decoding
 */
export const decode = (
  name: string,
  { formatVersion: _, tensors, ...rest }: Manifest,
  bytes: Uint8Array
): Result.Result<Checkpoint, CheckpointError> =>
  Result.gen(function* () {
    if (bytes.length !== tensors.bytes || sha256(bytes) !== tensors.sha256) {
      return yield* Result.fail(
        damaged(name, `its tensors are not the ${tensors.bytes} bytes that were written (${bytes.length} found)`)
      )
    }
    const file = yield* Result.mapError(Safetensors.decode(bytes), (error) => damaged(name, error.message))
    const groups: Record<string, Record<string, HostTensor>> = {}
    for (const [key, tensor] of Object.entries(file.tensors)) {
      // Groups may have slashes in their names, parameters have none.
      const slash = key.lastIndexOf("/")
      if (slash < 0 || tensor.dtype !== "F32") {
        return yield* Result.fail(damaged(name, `it holds an unknown tensor "${key}" of type ${tensor.dtype}`))
      }
      const group = key.slice(0, slash)
      const members = groups[group] ?? {}
      members[key.slice(slash + 1)] = { shape: tensor.shape, data: tensor.data }
      groups[group] = members
    }
    return { ...rest, train: { step: rest.progress.step, groups } }
  })

/**
 * The error for a checkpoint that has changed since it was written.
 *
 * @category errors
 */
export const damaged = (name: string, reason: string): CheckpointError =>
  new CheckpointError({
    reason: `checkpoint ${name} is damaged: ${reason}`,
    fix: "remove it to resume from an older one, or start a new run"
  })
