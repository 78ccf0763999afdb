import { Context, Effect, type FileSystem, Layer, Result, Schema } from "effect"
import * as Networks from "../../model/Networks.js"
import * as Recipes from "../../train/Recipes.js"
import { DatasetName } from "../datasets/Catalogue.js"
import { defaultTestFraction } from "../datasets/Folder.js"
import * as Keys from "./Keys.js"
import * as Layering from "./Layering.js"
import { RunConfigError } from "./RunConfigError.js"
import * as Sources from "./Sources.js"

const Threads = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)).annotate({
  description: "a whole number of at least 1"
})

const Paths = Schema.Array(Schema.String).annotate({
  description: 'a list of parts of the network by their paths, such as ["conv1","layer1"]'
})

const Size = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 4096 })).annotate({
  description: "a whole number of pixels from 1 to 4096"
})

const Channels = Schema.Literals([1, 3]).annotate({ description: "1 (grey) or 3 (RGB)" })

const TestFraction = Schema.Finite.check(
  Schema.isBetween({ minimum: 0, maximum: 1, exclusiveMinimum: true, exclusiveMaximum: true })
).annotate({ description: "a number of more than 0 and less than 1" })

/** Everything that a run needs to know: the recipe, and the machine that is to compute it. `null` leaves the choice to the part concerned. */
export const Settings = Schema.Struct({
  preset: Schema.NullOr(Schema.Literals(Object.keys(Recipes.presets))),
  ...Recipes.Recipe.fields,
  dataset: DatasetName,
  fineTune: Schema.Struct({
    /** A file of weights to begin with. */
    weights: Schema.NullOr(Schema.String),
    /** Parts that begin at random all the same, such as a head for other classes. */
    skip: Paths,
    /** Parts that stay as they begin. */
    freeze: Paths
  }),
  backend: Schema.Literals(["auto", "tensorflow", "wasm", "cpu"]),
  device: Schema.Literals(["auto", "cpu", "gpu"]),
  threads: Schema.NullOr(Threads),
  data: Schema.Struct({
    /** A directory with the files of the dataset, asked before any address; the images themselves of the dataset "folder". */
    dir: Schema.NullOr(Schema.String),
    /** The address of a mirror, asked before the official one. */
    mirror: Schema.NullOr(Schema.String),
    /** Height and width that the images of a "folder" are brought to, in pixels. */
    size: Size,
    /** Of the images of a "folder": 1 for grey, 3 for RGB. */
    channels: Channels,
    /** The part of a "folder" that is tested on, where it has no folders "train" and "test". */
    testFraction: TestFraction
  })
})
export type Settings = typeof Settings.Type

/** The settings of a run, and for each dotted key its value and where it came from. */
export class RunConfig extends Context.Service<
  RunConfig,
  { readonly settings: Settings; readonly entries: ReadonlyMap<string, Layering.Entry> }
>()("effect-tensorflow/services/RunConfig") {
  /** The settings joined from all sources by `load`. */
  static readonly layer = (options?: Options): Layer.Layer<RunConfig, RunConfigError, FileSystem.FileSystem> =>
    Layer.effect(RunConfig, load(options))

  /** Settings of a program: the defaults, the preset if one is named, and these; no file and no environment is read. */
  static readonly layerTest = (settings: Partial<Settings> = {}): Layer.Layer<RunConfig, RunConfigError> =>
    Layer.effect(
      RunConfig,
      Effect.suspend(() => resolve([layerOf([{ key: "", value: settings, origin: { _tag: "Program" } }])]))
    )
}

/** Values by dotted key, also those of branches that are not the default ones. */
const defaults: Readonly<Record<string, unknown>> = {
  preset: null,
  dataset: "mnist",
  "network.name": "mnist-cnn",
  "network.n": 5,
  seed: 0,
  epochs: 5,
  batchSize: 128,
  remainder: "keep",
  "optimizer.momentum": 0.9,
  "optimizer.nesterov": false,
  "optimizer.weightDecay": 0,
  "rate.kind": "constant",
  "rate.rate": 0.01,
  "rate.factor": 0.1,
  "rate.warmupEpochs": 0,
  "rate.warmupFraction": 0.25,
  "rate.initialFactor": 0.1,
  "rate.final": 0,
  "rate.finalFactor": 0,
  labelSmoothing: 0,
  augment: [],
  validation: 0,
  checkpointEvery: 0,
  "fineTune.weights": null,
  "fineTune.skip": [],
  "fineTune.freeze": [],
  backend: "auto",
  device: "auto",
  threads: null,
  "data.dir": null,
  "data.mirror": null,
  "data.size": 32,
  "data.channels": 3,
  "data.testFraction": defaultTestFraction
}

const keys = Keys.fromSchema(Settings)
const shorthands: Layering.Shorthands = {
  network: (text) =>
    Result.mapError(
      Networks.parse(text),
      ({ known, nearest }) => `expected one of ${known.join(", ")}, got "${text}"; did you mean ${nearest}?`
    )
}
const layerOf = (settings: Iterable<Layering.Setting>): Layering.Layer => Layering.make(keys, shorthands, settings)
const layerDefaults = layerOf(
  Object.entries(defaults).map(([key, value]) => ({ key, value, origin: { _tag: "Default" } }))
)

const presetLayer = (name: unknown): Layering.Layer => {
  const preset = Object.entries(Recipes.presets).find(([known]) => known === name)
  return layerOf(preset ? [{ key: "", value: preset[1], origin: { _tag: "Preset", name: preset[0] } }] : [])
}

const resolve = Effect.fnUntraced(function* (layers: ReadonlyArray<Layering.Layer>) {
  const chosen = layers.findLast((layer) => layer.entries.has("preset"))?.entries.get("preset")?.value
  const { tree, entries, problems } = Layering.merge(keys, [layerDefaults, presetLayer(chosen), ...layers])
  if (problems.length > 0) return yield* new RunConfigError({ problems })
  const settings = yield* Schema.decodeUnknownEffect(Settings)(tree).pipe(
    Effect.mapError(
      (error) => new RunConfigError({ problems: [{ key: "", origin: "settings", problem: error.message }] })
    )
  )
  return RunConfig.of({ settings, entries })
})

/** What stands above the defaults and the environment. */
export interface Options {
  readonly preset?: string | undefined
  /** A JSON file. */
  readonly file?: string | undefined
  /** `key=value` texts with dotted keys. */
  readonly set?: ReadonlyArray<string> | undefined
  /** A file of weights to begin with. */
  readonly weights?: string | undefined
}

/**
 * Joins defaults < preset < file < environment < flags.
 *
 * The environment is read through the current `ConfigProvider`: `EFFECT_TENSORFLOW_` and the key in capitals, its words joined by
 * `_`, as in `EFFECT_TENSORFLOW_BATCH_SIZE` or `EFFECT_TENSORFLOW_RATE_PEAK`.
 * **Errors** `RunConfigError` lists every unknown key, with the nearest known one, and every value that is not what its key wants.
 */
export const load = Effect.fn("RunConfig.load")(function* (options: Options = {}) {
  const flags: Array<Layering.Setting> = []
  if (options.preset !== undefined)
    flags.push({ key: "preset", value: options.preset, origin: { _tag: "Flag", name: "--preset" } })
  if (options.weights !== undefined)
    flags.push({ key: "fineTune.weights", value: options.weights, origin: { _tag: "Flag", name: "--weights" } })
  for (const text of options.set ?? []) flags.push(yield* Effect.fromResult(Sources.assignment(text)))
  const fromFile = options.file === undefined ? [] : yield* Sources.file(options.file)
  const fromEnvironment = yield* Sources.environment(keys)
  return yield* resolve([layerOf(fromFile), layerOf(fromEnvironment), layerOf(flags)])
})

const json = Schema.fromJsonString(Settings, { space: 2 })

/** The settings as the text of a file that `load` and `read` take. */
export const text = (settings: Settings): string => `${Schema.encodeSync(json)(settings)}\n`

/** The settings in a file and nothing else, but for defaults: those that a run was made with, from its directory. */
export const read = Effect.fn("RunConfig.read")(function* (path: string) {
  return (yield* resolve([layerOf(yield* Sources.file(path))])).settings
})

/** A value of the configuration, with its origin in words. */
export const Provenance = Schema.Struct({ key: Schema.String, value: Schema.Unknown, origin: Schema.String })

/** Every value and where it came from, in the order of the Schema. */
export const provenance = (config: RunConfig["Service"]): ReadonlyArray<typeof Provenance.Type> =>
  [...config.entries].map(([key, { value, origin }]) => ({ key, value, origin: Layering.describe(origin) }))

/** Values and where they came from, a line each. */
export const table = (values: ReadonlyArray<typeof Provenance.Type>): string => {
  const rows = values.map(({ key, value, origin }) => [key, JSON.stringify(value), origin] as const)
  const width = (column: 0 | 1): number => Math.max(...rows.map((row) => row[column].length))
  return rows.map(([key, value, origin]) => `${key.padEnd(width(0))}  ${value.padEnd(width(1))}  ${origin}`).join("\n")
}
