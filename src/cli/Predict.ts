import { Array, Effect, FileSystem, Option, Path } from "effect"
import * as Preprocessing from "../data/Preprocessing.js"
import * as BackendSettings from "../services/config/BackendSettings.js"
import * as RunConfig from "../services/config/RunConfig.js"
import * as Predictor from "../services/directory/Predictor.js"
import type { TrainedNetwork } from "../services/directory/TrainedNetwork.js"
import { fileError, writeAtomic } from "../services/files/Files.js"
import type * as Flags from "./Flags.js"
import { PredictResult } from "./Results.js"
import * as Trained from "./Trained.js"
import { misuse } from "./Usage.js"

type Input = Flags.Input<typeof Flags.predict>

/** Files that are decoded before they are computed: enough to keep both busy, few enough for the memory. */
const group = 256

/** `predict`: what a trained network makes of image files. */
export const run = Effect.fnUntraced(function* ({ dataset, features, images, normalize, top, tta, ...flags }: Input) {
  if (top < 1) return yield* misuse(`--top: expected a whole number of at least 1, got ${top}`)
  const trained = yield* Effect.flatMap(Trained.choose(flags, "predict with"), (chosen) =>
    Trained.withPreprocessing(chosen, { dataset, normalize })
  )
  const files = (yield* Effect.forEach(images, imagesAt)).flat()
  const { settings } = yield* RunConfig.load()
  const { embeddings, ...result } = yield* predict(trained, files, {
    top,
    views: tta,
    withFeatures: Option.isSome(features)
  }).pipe(Effect.scoped, Effect.provide(BackendSettings.layer(settings)))
  if (Option.isSome(features)) {
    yield* writeAtomic(features.value, csv(embeddings.map(({ file, values }) => [file, ...values])))
  }
  return { network: trained.network.name, views: tta, ...result } satisfies PredictResult
})

export const schema = PredictResult

export const ok = ({ failed }: PredictResult): boolean => failed.length === 0

export const text = (result: PredictResult, { images: given }: Input): string => {
  const [first] = result.images
  if (given.length === 1 && first !== undefined && first.file === given[0]) {
    const lines = first.values?.map(({ name, value }) => `${name}: ${value}`)
    return (lines ?? first.top.map(inPercent)).join("\n")
  }
  if (first?.values !== undefined) {
    return csv([
      ["file", ...first.values.map(({ name }) => name)],
      ...result.images.map(({ file, values = [] }) => [file, ...values.map(({ value }) => value)])
    ]).trimEnd()
  }
  const ranks = Math.max(1, ...result.images.map(({ top }) => top.length))
  const columns = Array.makeBy(ranks, (i) => (i === 0 ? "" : String(i + 1)))
  return csv([
    ["file", ...columns.flatMap((rank) => [`class${rank}`, `probability${rank}`])],
    ...result.images.map(({ file, top }) => [
      file,
      ...top.flatMap(({ className, probability }) => [className, probability.toFixed(6)])
    ])
  ]).trimEnd()
}

const inPercent = ({ className, probability }: PredictResult["images"][number]["top"][number]): string =>
  `${(100 * probability).toFixed(2).padStart(6)} %  ${className}`

/** The image files that an argument names: itself, or those below a folder in the order of their names. */
const imagesAt = Effect.fnUntraced(function* (given: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const isFolder = (yield* Effect.option(fs.stat(given))).pipe(Option.exists(({ type }) => type === "Directory"))
  if (!isFolder) return [given]
  const names = yield* Effect.mapError(fs.readDirectory(given, { recursive: true }), fileError(given))
  const found = names.filter((name) => /\.(png|jpe?g|webp)$/i.test(name)).sort()
  return found.length > 0
    ? found.map((name) => path.join(given, name))
    : yield* misuse(`there is no PNG, JPEG or WebP file in ${given}`)
})

/** Files that cannot be read or decoded are listed, and the others are predicted. */
const predict = Effect.fnUntraced(function* (
  trained: TrainedNetwork,
  files: ReadonlyArray<string>,
  { withFeatures, ...options }: Predictor.Options & { readonly withFeatures: boolean }
) {
  const fs = yield* FileSystem.FileSystem
  const predictor = yield* Predictor.fromWeights(trained, options)
  const { classNames, task } = trained.preprocessing
  const images: Array<PredictResult["images"][number]> = []
  const failed: Array<PredictResult["failed"][number]> = []
  const embeddings: Array<{ readonly file: string; readonly values: ReadonlyArray<number> }> = []
  const read = (file: string) =>
    Effect.mapError(fs.readFile(file), fileError("it cannot be read")).pipe(
      Effect.flatMap((bytes) => Preprocessing.decode(bytes, trained.preprocessing)),
      Effect.match({
        onSuccess: (pixels) => ({ file, pixels }),
        onFailure: ({ reason }) => ({ file, reason })
      })
    )
  for (const part of Array.chunksOf(files, group)) {
    const outcomes = yield* Effect.forEach(part, read, { concurrency: 8 })
    for (const outcome of outcomes) {
      if ("pixels" in outcome) continue
      failed.push(outcome)
      yield* Effect.logWarning(`${outcome.file}: ${outcome.reason}`)
    }
    const decoded = outcomes.filter((outcome) => "pixels" in outcome)
    const predictions = yield* predictor.predictBatch(decoded)
    for (const [i, { outputs, top }] of predictions.entries()) {
      const { file } = decoded[i]!
      const values = Array.fromIterable(outputs).map((value, j) => ({ name: classNames[j] ?? String(j), value }))
      images.push(task === "values" ? { file, top, values } : { file, top })
    }
    if (withFeatures) {
      const rows = yield* predictor.features(decoded)
      for (const [i, row] of rows.entries()) embeddings.push({ file: decoded[i]!.file, values: [...row] })
    }
  }
  return { images, failed, embeddings }
})

const csv = (rows: ReadonlyArray<ReadonlyArray<string | number>>): string =>
  rows.map((row) => `${row.map(cell).join(",")}\n`).join("")

/** A cell, in quotes where it needs them. */
const cell = (value: string | number): string =>
  typeof value === "string" && /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : String(value)
