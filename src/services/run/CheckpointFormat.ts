import { createHash } from "node:crypto"
import { Effect, Result, Schema } from "effect"
import type { HostTensor, HostTensors } from "../../model/Tensors.js"
import * as Safetensors from "../../model/weights/Safetensors.js"
import type { StoredTensor } from "../../model/weights/StoredTensor.js"
import { Progress } from "../../train/Progress.js"
import { Scores } from "../../train/TrainEvent.js"

/** A checkpoint could not be written, or none that is asked for can be read: `reason` says why, `fix` what to do. */
export class CheckpointError extends Schema.TaggedError<CheckpointError>()("CheckpointError", {
  reason: Schema.String,
  fix: Schema.String
}) {
  override get message(): string {
    return `${this.reason}\n  fix: ${this.fix}`
  }
}

/** The state of a run at the edge of a step, in host memory. */
export interface Checkpoint {
  /** Names the plan that the run follows; another plan must not go on from here. */
  readonly planDigest: string
  readonly progress: Progress
  /** Scores on the validation split, where the epoch that ends here has them. */
  readonly validation: Scores | null
  readonly params: HostTensors
  readonly state: HostTensors
  readonly slots: HostTensors
}

/** What stands beside the tensors: read first, small, and enough to choose a checkpoint by. */
export const Manifest = Schema.Struct({
  formatVersion: Schema.Literal(1),
  planDigest: Schema.String,
  progress: Progress,
  validation: Schema.NullOr(Scores),
  tensors: Schema.Struct({ bytes: Schema.Int, sha256: Schema.String })
})
export type Manifest = typeof Manifest.Type

const ManifestJson = Schema.fromJsonString(Manifest)

const groups = ["params", "state", "slots"] as const

/** The two files of a checkpoint. */
export interface Files {
  readonly manifest: string
  readonly tensors: Uint8Array
}

/** Writes a checkpoint as the contents of its two files. */
export const encode = (checkpoint: Checkpoint): Files => {
  const tensors: Record<string, StoredTensor> = {}
  for (const group of groups) {
    for (const [path, { shape, data }] of Object.entries(checkpoint[group])) {
      tensors[`${group}/${path}`] = { dtype: "F32", shape, data }
    }
  }
  const bytes = Safetensors.encode({ tensors, metadata: {} })
  const manifest = Schema.encodeSync(ManifestJson)({
    formatVersion: 1,
    planDigest: checkpoint.planDigest,
    progress: checkpoint.progress,
    validation: checkpoint.validation,
    tensors: { bytes: bytes.length, sha256: sha256(bytes) }
  })
  return { manifest, tensors: bytes }
}

/** Reads the manifest; `name` tells in an error which one it was. */
export const decodeManifest = (name: string, text: string): Effect.Effect<Manifest, CheckpointError> =>
  Schema.decodeEffect(ManifestJson)(text).pipe(
    Effect.mapError((error) => damaged(name, `its manifest is not one of format version 1: ${error.message}`))
  )

/** Reads a checkpoint, after checking that the tensors are those that the manifest was written for. */
export const decode = (
  name: string,
  manifest: Manifest,
  bytes: Uint8Array
): Result.Result<Checkpoint, CheckpointError> =>
  Result.gen(function* () {
    if (bytes.length !== manifest.tensors.bytes || sha256(bytes) !== manifest.tensors.sha256) {
      return yield* Result.fail(
        damaged(
          name,
          `its tensors are not the ${manifest.tensors.bytes} bytes that were written (${bytes.length} found)`
        )
      )
    }
    const file = yield* Result.mapError(Safetensors.decode(bytes), (error) => damaged(name, error.message))
    const read: Record<(typeof groups)[number], Record<string, HostTensor>> = { params: {}, state: {}, slots: {} }
    for (const [key, tensor] of Object.entries(file.tensors)) {
      const slash = key.indexOf("/")
      const group = groups.find((group) => group === key.slice(0, slash))
      if (group === undefined || tensor.dtype !== "F32") {
        return yield* Result.fail(damaged(name, `it holds an unknown tensor "${key}" of type ${tensor.dtype}`))
      }
      read[group][key.slice(slash + 1)] = { shape: tensor.shape, data: tensor.data }
    }
    const { planDigest, progress, validation } = manifest
    return { planDigest, progress, validation, ...read }
  })

const damaged = (name: string, reason: string): CheckpointError =>
  new CheckpointError({
    reason: `checkpoint ${name} is damaged: ${reason}`,
    fix: "remove it to go on from an older one, or start the run anew"
  })

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")
