import { Effect, FileSystem, Option, Path } from "effect"
import { DatasetError } from "../../data/DatasetError.js"
import type { Preprocessing } from "../../data/Preprocessing.js"
import { sha256 } from "../../internal/Digest.js"
import { nearest } from "../../internal/Nearest.js"
import type * as Network from "../../model/Network.js"
import * as Networks from "../../model/Networks.js"
import type { HostTensor, Weights } from "../../model/Tensors.js"
import type { StoredTensors } from "../../model/weights/StoredTensor.js"
import * as WeightFile from "../../model/weights/WeightFile.js"
import * as TorchWeights from "../../model/weights/Weights.js"
import type { WeightsError } from "../../model/weights/WeightsError.js"
import { cacheFolder, type LoadOptions, setting } from "../datasets/Cached.js"
import { download, isOfficial, sizeAt } from "../datasets/Download.js"
import { type Entry, entries } from "./Entries.js"
import { PretrainedError } from "./PretrainedError.js"

export { type Entry, entries } from "./Entries.js"
export { PretrainedError } from "./PretrainedError.js"

/**
 * A network with its published weights and the preprocessing of their training.
 *
 * @category models
 */
export interface Pretrained {
  readonly entry: Entry
  readonly network: Network.Network
  readonly weights: Weights<HostTensor>
  readonly preprocessing: Preprocessing
}

/**
 * The published weights of that name (`resnet50-v1`), or the best ones of the network of that name (`resnet50`).
 *
 * **Errors** `PretrainedError` with the nearest name.
 *
 * @category finding
 */
export const find = (name: string): Effect.Effect<Entry, PretrainedError> => {
  const network = name.replace(/-imagenet$/, "")
  const entry = entries.find((known) => known.name === name || known.network === network)
  if (entry !== undefined) return Effect.succeed(entry)
  const names = [...new Set(entries.flatMap((known) => [known.name, known.network]))]
  return Effect.fail(
    new PretrainedError({
      op: "name",
      reason: `no published weights are known for "${name}"; known are ${names.join(", ")}`,
      fix: `did you mean "${nearest(name, names)}"? Other weights are given as a file`
    })
  )
}

/**
 * The name of the published weights that `pretrained`, for those of a network, or `pretrained:NAME` asks for; `undefined` for the name of a file.
 *
 * @category finding
 */
export const asked = (weights: string, network: string): string | undefined =>
  weights === "pretrained" ? network : /^pretrained:(.+)$/.exec(weights)?.[1]

const fromDatasetError = (entry: Entry) => (cause: DatasetError) =>
  new PretrainedError({
    op: cause.op === "verify" ? "verify" : "fetch",
    reason: `the weights ${entry.name}: ${cause.reason}`,
    fix:
      cause.op === "write"
        ? cause.fix
        : `put the published file ${entry.file} into a folder and set EFFECT_TENSORFLOW_PRETRAINED_DIR to it, or the address of a folder that has it EFFECT_TENSORFLOW_PRETRAINED_MIRROR`,
    cause
  })

/** The bytes of the file in a directory, or `None` where it is not there; other bytes are an error. */
const inDirectory = Effect.fnUntraced(function* (entry: Entry, directory: string) {
  const fs = yield* FileSystem.FileSystem
  const file = (yield* Path.Path).join(directory, entry.file)
  const bytes = yield* Effect.option(fs.readFile(file))
  if (Option.isNone(bytes)) {
    yield* Effect.logInfo(`${directory} has no readable ${entry.file}`)
    return bytes
  }
  const digest = sha256(bytes.value)
  return isOfficial(entry, digest)
    ? bytes
    : yield* new DatasetError({
        op: "verify",
        reason: `${file} is truncated or altered: expected SHA-256 ${entry.sha256}, found ${digest}`,
        fix: "put the published file there"
      })
})

/**
 * The published file's bytes: from the directory that an option or the environment names (`EFFECT_TENSORFLOW_PRETRAINED_DIR`), the user's cache, the mirror
 * (`EFFECT_TENSORFLOW_PRETRAINED_MIRROR`) or the published address, and put into the cache. A broken download is resumed.
 *
 * The SHA-256 is checked, of some files the first eight digits, which is all that is published: enough against accidents, not against attacks. No code in a file is run.
 *
 * **Errors** `PretrainedError` when no source has it, or one has other bytes.
 *
 * @category loading
 */
export const fetch = Effect.fn("Pretrained.fetch")(function* (entry: Entry, options: LoadOptions = {}) {
  const found = Effect.gen(function* () {
    const directory = options.directory ?? (yield* setting("EFFECT_TENSORFLOW_PRETRAINED_DIR"))
    const local = directory === undefined ? Option.none() : yield* inDirectory(entry, directory)
    if (Option.isSome(local)) return local.value
    const fs = yield* FileSystem.FileSystem
    const folder = yield* cacheFolder("pretrained")
    const cached = yield* Effect.option(fs.readFile((yield* Path.Path).join(folder, entry.file)))
    if (Option.isSome(cached) && isOfficial(entry, sha256(cached.value))) return cached.value
    const mirror = options.mirror ?? (yield* setting("EFFECT_TENSORFLOW_PRETRAINED_MIRROR"))
    const from = (address: string) =>
      Effect.gen(function* () {
        const url = `${address.replace(/\/+$/, "")}/${entry.file}`
        yield* Effect.logInfo(`fetching ${entry.name} from ${url}`)
        const file = { name: entry.file, sha256: entry.sha256, bytes: entry.bytes ?? (yield* sizeAt(url)) }
        return yield* download(url, file, folder, options.onProgress ?? (() => Effect.void))
      })
    return yield* mirror === undefined
      ? from(entry.address)
      : Effect.catchIf(
          from(mirror),
          ({ op }) => op === "fetch",
          ({ reason }) => Effect.andThen(Effect.logInfo(`that failed: ${reason}`), from(entry.address))
        )
  })
  return yield* Effect.mapError(found, fromDatasetError(entry))
})

/**
 * The published tensors by PyTorch's names, for a network of other classes or image sizes: `Weights.fromTorch` takes them.
 *
 * **Errors** as of `fetch`, and `WeightsError` for a file that cannot be read.
 *
 * @category loading
 */
export const tensors = (entry: Entry, options: LoadOptions = {}) =>
  Effect.flatMap(
    fetch(entry, options),
    (bytes): Effect.Effect<StoredTensors, WeightsError> => Effect.fromResult(WeightFile.decode(bytes))
  )

/**
 * A network with its published weights by name, such as `cifar-resnet20`, `resnet50` or `resnet50-v1`, ready for `Predictor.fromWeights`.
 *
 * **Errors** as of `find`, `fetch` and `Weights.fromTorch`.
 *
 * @example
 * ```ts
 * import { NodeServices } from "@effect/platform-node"
 * import { Effect } from "effect"
 * import { FetchHttpClient } from "effect/http"
 * import { Backend, Predictor, Pretrained } from "effect-tensorflow/services"
 *
 * const program = Effect.gen(function* () {
 *   const cifar = yield* Pretrained.load("cifar-resnet20", { directory: "test/pretrained" })
 *   const { predict } = yield* Predictor.fromWeights(cifar, { top: 1 })
 *   const { top } = yield* predict({ pixels: new Uint8Array(32 * 32 * 3) })
 *   return { accuracy: cifar.entry.accuracy, classes: top.length }
 * }).pipe(Effect.scoped, Effect.provide([Backend.layerCpu, NodeServices.layer, FetchHttpClient.layer]))
 *
 * await Effect.runPromise(program) // => { accuracy: 0.9173, classes: 1 }
 * ```
 *
 * @category loading
 */
export const load = Effect.fn("Pretrained.load")(function* (name: string, options: LoadOptions = {}) {
  const entry = yield* find(name)
  const { preprocessing, spec } = entry
  const { channels, classNames, height, width } = preprocessing
  const network = Networks.build(spec, { input: { height, width, channels }, classes: classNames.length })
  const weights = yield* Effect.fromResult(TorchWeights.fromTorch(network, yield* tensors(entry, options)))
  return { entry, network, weights, preprocessing } satisfies Pretrained
})
