import { ConfigProvider, Effect, FileSystem, Result } from "effect"
import { nearest } from "../../internal/Nearest.js"
import { fileError } from "../files/Files.js"
import { RunConfigError } from "./RunConfigError.js"
import { keys } from "./Settings.js"
import * as Source from "./Source.js"

const prefix = ["EFFECT", "TENSORFLOW"]

/** Variables with our prefix that are read elsewhere: before a run is configured, or without one. */
const otherVariables = [
  "EFFECT_TENSORFLOW_NATIVE",
  "EFFECT_TENSORFLOW_CACHE",
  "EFFECT_TENSORFLOW_PRETRAINED_DIR",
  "EFFECT_TENSORFLOW_PRETRAINED_MIRROR"
]

/** The environment variable of a key: `EFFECT_TENSORFLOW_OPTIMIZER_WEIGHT_DECAY` for `optimizer.weightDecay`. */
export const variable = (key: string): string =>
  [
    ...prefix,
    key
      .replace(/([a-z])([A-Z])/g, "$1_$2")
      .replaceAll(".", "_")
      .toUpperCase()
  ].join("_")

const fail = (origin: string, problem: string): RunConfigError =>
  new RunConfigError({ problems: [{ key: "", origin, problem }] })

/** Reads the variables of all keys from the current `ConfigProvider`; an unknown one with our prefix is an error. */
export const environment = Effect.gen(function* () {
  const provider = yield* ConfigProvider.ConfigProvider
  const byVariable = new Map([...keys.leaves.keys(), ...keys.groups].map((key) => [variable(key), key]))
  const settings: Array<Source.Setting> = []

  const visit = (path: ConfigProvider.Path): Effect.Effect<void, RunConfigError> =>
    Effect.gen(function* () {
      const name = path.join("_")
      const origin = `environment ${name}`
      const node = yield* provider.load(path).pipe(Effect.mapError((error) => fail(origin, error.message)))
      if (node === undefined) return
      if (node.value !== undefined) {
        const key = byVariable.get(name)
        const known = [...byVariable.keys(), ...otherVariables]
        if (key !== undefined) settings.push({ key, value: node.value, text: true, origin })
        else if (!otherVariables.includes(name))
          return yield* fail(origin, `unknown variable; did you mean ${nearest(name, known)}?`)
      }
      if (node._tag === "Record") yield* Effect.forEach(node.keys, (key) => visit([...path, key]), { discard: true })
      if (node._tag === "Array") for (let index = 0; index < node.length; index++) yield* visit([...path, index])
    })
  yield* visit(prefix)
  // A group (`NETWORK`) before its parts (`NETWORK_N`), whatever order the environment has.
  return Source.make(settings.sort((a, b) => a.key.split(".").length - b.key.split(".").length))
})

/** Reads a JSON file of (nested) keys. */
export const file = Effect.fnUntraced(function* (path: string) {
  const origin = `file ${path}`
  const fs = yield* FileSystem.FileSystem
  const text = yield* fs
    .readFileString(path)
    .pipe(Effect.mapError((error) => fail(origin, fileError("cannot be read")(error).reason)))
  const value = yield* Effect.try({
    try: (): unknown => JSON.parse(text),
    catch: (error) => fail(origin, `not JSON: ${error instanceof Error ? error.message : error}`)
  })
  return Source.make([{ key: "", value, origin }])
})

/** Reads a `key=value` text, as given to `--set`. */
export const assignment = (text: string): Result.Result<Source.Setting, RunConfigError> => {
  const origin = "flag --set"
  const at = text.indexOf("=")
  return at > 0
    ? Result.succeed({ key: text.slice(0, at).trim(), value: text.slice(at + 1).trim(), text: true, origin })
    : Result.fail(fail(origin, `expected key=value, got ${JSON.stringify(text)}`))
}
