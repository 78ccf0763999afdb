import { Context, Effect, type FileSystem, Layer, Schema } from "effect"
import * as Inputs from "./Inputs.js"
import { presets } from "./Presets.js"
import * as Problems from "./Problems.js"
import type { ReporterName } from "./ReporterName.js"
import { RunConfigError } from "./RunConfigError.js"
import { keys, Settings } from "./Settings.js"
import * as Source from "./Source.js"
import { get, type Tree } from "./Tree.js"

export { Settings } from "./Settings.js"

/**
 * The settings of a run, and a tree of the same shape that says where each came from.
 *
 * @category services
 */
export class RunConfig extends Context.Service<RunConfig, { readonly settings: Settings; readonly origins: Tree }>()(
  "effect-tensorflow/services/RunConfig"
) {
  /**
   * The settings of all sources, as `load` merges them.
   *
   * @example
   * ```ts
   * import { NodeServices } from "@effect/platform-node"
   * import { ConfigProvider, Effect, Layer } from "effect"
   * import { RunConfig } from "effect-tensorflow/services"
   *
   * const environment = ConfigProvider.layer(ConfigProvider.fromEnv({ env: { EFFECT_TENSORFLOW_BATCH_SIZE: "32" } }))
   * const config = RunConfig.RunConfig.layer({ preset: "mnist-cnn" }).pipe(Layer.provide([environment, NodeServices.layer]))
   *
   * const { settings } = await Effect.runPromise(Effect.provide(RunConfig.RunConfig, config))
   * settings.batchSize // => 32
   * settings.epochs // => 8
   * ```
   */
  static readonly layer = (options?: Options): Layer.Layer<RunConfig, RunConfigError, FileSystem.FileSystem> =>
    Layer.effect(RunConfig, load(options))

  /**
   * The defaults, the preset if one is named, and these settings; no file and no environment is read.
   *
   * @example
   * ```ts
   * import { Effect } from "effect"
   * import { RunConfig } from "effect-tensorflow/services"
   *
   * const config = RunConfig.RunConfig.layerTest({ preset: "mnist-cnn", epochs: 1 })
   *
   * const { settings } = await Effect.runPromise(Effect.provide(RunConfig.RunConfig, config))
   * settings.epochs // => 1
   * settings.batchSize // => 64
   * ```
   */
  static readonly layerTest = (settings: typeof Settings.Encoded = {}): Layer.Layer<RunConfig, RunConfigError> =>
    Layer.effect(
      RunConfig,
      Effect.suspend(() => resolve([Source.make([{ key: "", value: settings, origin: "program" }])]))
    )
}

const defaults = Source.make([{ key: "", value: Schema.decodeSync(Settings)({}), origin: "default" }])

const presetOf = (name: unknown): Source.Source => {
  const preset = Object.entries(presets).find(([known]) => known === name)
  return preset ? Source.make([{ key: "", value: preset[1], origin: `preset ${preset[0]}` }]) : Source.empty
}

/** The settings of these sources, of which the last wins, over the preset that they name and the defaults. */
const resolve = Effect.fnUntraced(function* (sources: ReadonlyArray<Source.Source>) {
  const given = sources.reduce(Source.merge, Source.empty)
  const merged = [presetOf(given.values.preset), given].reduce(Source.merge, defaults)
  const problems = Problems.of(merged)
  if (problems.length > 0) return yield* new RunConfigError({ problems })
  const settings = yield* Schema.decodeUnknownEffect(Settings)(merged.values).pipe(
    Effect.mapError(
      (error) => new RunConfigError({ problems: [{ key: "", origin: "settings", problem: error.message }] })
    )
  )
  return RunConfig.of({ settings, origins: merged.origins })
})

/**
 * The sources of settings besides the defaults and the environment.
 *
 * @category models
 */
export interface Options {
  readonly preset?: string | undefined
  /** A JSON file. */
  readonly file?: string | undefined
  /** `key=value` texts with dotted keys. */
  readonly set?: ReadonlyArray<string> | undefined
  /** A file of weights to start from. */
  readonly weights?: string | undefined
  /** How many of the training images are trained on. */
  readonly limitTrain?: number | undefined
  /** What is written in addition to the log and the report. */
  readonly reporters?: ReadonlyArray<ReporterName> | undefined
}

/**
 * Merges defaults < preset < file < environment < flags.
 *
 * A source that names the kind of a group (`rate.kind`, `network.name`) replaces the whole group; one that does not changes single values of it.
 * The environment is read through the current `ConfigProvider`: `EFFECT_TENSORFLOW_` and the key in capitals, its words joined by
 * `_`, as in `EFFECT_TENSORFLOW_BATCH_SIZE` or `EFFECT_TENSORFLOW_RATE_PEAK`.
 * **Errors** `RunConfigError` lists every unknown key, with the nearest known one, and every value that is not what its key wants.
 *
 * @example
 * ```ts
 * import { NodeServices } from "@effect/platform-node"
 * import { Effect } from "effect"
 * import { RunConfig } from "effect-tensorflow/services"
 *
 * const config = await Effect.runPromise(
 *   RunConfig.load({ preset: "cifar10-quick", set: ["epochs=2", "rate.peak=0.3"] }).pipe(Effect.provide(NodeServices.layer))
 * )
 *
 * RunConfig.provenance(config).find(({ key }) => key === "rate.peak") // => { key: "rate.peak", value: 0.3, origin: "flag --set" }
 * RunConfig.provenance(config).find(({ key }) => key === "epochs") // => { key: "epochs", value: 2, origin: "flag --set" }
 * ```
 * @category loading
 */
export const load = Effect.fn("RunConfig.load")(function* (options: Options = {}) {
  const flags: Array<Source.Setting> = []
  if (options.preset !== undefined) flags.push({ key: "preset", value: options.preset, origin: "flag --preset" })
  if (options.weights !== undefined)
    flags.push({ key: "fineTune.weights", value: options.weights, origin: "flag --weights" })
  if (options.limitTrain !== undefined)
    flags.push({ key: "limitTrain", value: options.limitTrain, origin: "flag --limit-train" })
  if (options.reporters !== undefined)
    flags.push({ key: "reporters", value: options.reporters, origin: "flag --reporter" })
  for (const text of options.set ?? []) flags.push(yield* Effect.fromResult(Inputs.assignment(text)))
  const fromFile = options.file === undefined ? Source.empty : yield* Inputs.file(options.file)
  const fromEnvironment = yield* Inputs.environment
  return yield* resolve([fromFile, fromEnvironment, Source.make(flags)])
})

const json = Schema.fromJsonString(Settings, { space: 2 })

/**
 * The settings as the text of a file that `load` and `read` take.
 *
 * @category files
 */
export const text = (settings: Settings): string => `${Schema.encodeSync(json)(settings)}\n`

/**
 * The settings in a file over the defaults, without the environment: `config.json` of a run.
 *
 * @category files
 */
export const read = Effect.fn("RunConfig.read")(function* (path: string) {
  return (yield* resolve([yield* Inputs.file(path)])).settings
})

/**
 * A setting, with its origin in words.
 *
 * @category provenance
 */
export const Provenance = Schema.Struct({ key: Schema.String, value: Schema.Unknown, origin: Schema.String })

/**
 * Every setting and where it came from, in the order of the Schema.
 *
 * @category provenance
 */
export const provenance = ({ origins, settings }: RunConfig["Service"]): ReadonlyArray<typeof Provenance.Type> =>
  [...keys.leaves.keys()].flatMap((key) => {
    const value = get(settings, key)
    if (value === undefined) return []
    const origin = get(origins, key)
    return [{ key, value, origin: typeof origin === "string" ? origin : "default" }]
  })

/**
 * Settings and where they came from, a line each.
 *
 * @category provenance
 */
export const table = (values: ReadonlyArray<typeof Provenance.Type>): string => {
  const rows = values.map(({ key, value, origin }) => [key, JSON.stringify(value), origin] as const)
  const width = (column: 0 | 1): number => Math.max(...rows.map((row) => row[column].length))
  return rows.map(([key, value, origin]) => `${key.padEnd(width(0))}  ${value.padEnd(width(1))}  ${origin}`).join("\n")
}
