import { ConfigProvider, Effect, FileSystem, Result } from "effect"
import { nearest } from "../../internal/Nearest.js"
import { fileError } from "../files/Files.js"
import type { Keys } from "./Keys.js"
import { describe, type Origin, type Setting } from "./Layering.js"
import { RunConfigError } from "./RunConfigError.js"

const prefix = ["EFFECT", "TENSORFLOW"]

/** Variables with our prefix that are read elsewhere: before a run is configured, or without one. */
const otherVariables = ["EFFECT_TENSORFLOW_NATIVE", "EFFECT_TENSORFLOW_CACHE"]

/** The environment variable of a key: `EFFECT_TENSORFLOW_OPTIMIZER_WEIGHT_DECAY` for `optimizer.weightDecay`. */
export const variable = (key: string): string =>
  [
    ...prefix,
    key
      .replace(/([a-z])([A-Z])/g, "$1_$2")
      .replaceAll(".", "_")
      .toUpperCase()
  ].join("_")

const fail = (origin: Origin, problem: string): RunConfigError =>
  new RunConfigError({ problems: [{ key: "", origin: describe(origin), problem }] })

/** Reads the variables of all keys from the current `ConfigProvider`; one with our prefix that is nobody's is an error. */
export const environment = Effect.fnUntraced(function* (keys: Keys) {
  const provider = yield* ConfigProvider.ConfigProvider
  const byVariable = new Map([...keys.leaves.keys(), ...keys.groups].map((key) => [variable(key), key]))
  const settings: Array<Setting> = []

  const visit = (path: ConfigProvider.Path): Effect.Effect<void, RunConfigError> =>
    Effect.gen(function* () {
      const name = path.join("_")
      const origin: Origin = { _tag: "Environment", name }
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
  return settings.sort((a, b) => a.key.split(".").length - b.key.split(".").length)
})

/** Reads a JSON file of (nested) keys. */
export const file = Effect.fnUntraced(function* (path: string) {
  const origin: Origin = { _tag: "File", path }
  const fs = yield* FileSystem.FileSystem
  const text = yield* fs
    .readFileString(path)
    .pipe(Effect.mapError((error) => fail(origin, fileError("cannot be read")(error).reason)))
  const value = yield* Effect.try({
    try: (): unknown => JSON.parse(text),
    catch: (error) => fail(origin, `not JSON: ${error instanceof Error ? error.message : error}`)
  })
  return [{ key: "", value, origin }] satisfies ReadonlyArray<Setting>
})

/** Reads `key=value` texts, as given to `--set`. */
export const assignment = (text: string): Result.Result<Setting, RunConfigError> => {
  const origin: Origin = { _tag: "Flag", name: "--set" }
  const at = text.indexOf("=")
  return at > 0
    ? Result.succeed({ key: text.slice(0, at).trim(), value: text.slice(at + 1).trim(), text: true, origin })
    : Result.fail(fail(origin, `expected key=value, got ${JSON.stringify(text)}`))
}
