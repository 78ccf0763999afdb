import { Result } from "effect"
import * as Settings from "./Settings.js"
import { get, isTree, join, merge as mergeTrees, put, type Tree } from "./Tree.js"

/** Settings, and a tree of the same shape with the origin of each in words: `flag --set`, `file run.json`. */
export interface Source {
  readonly values: Tree
  readonly origins: Tree
}

/** A value for a dotted key, `""` for all of them; `text` still has to be read as the type that the key wants. */
export interface Setting {
  readonly key: string
  readonly origin: string
  readonly value: unknown
  readonly text?: true
}

export const empty: Source = { values: {}, origins: {} }

/** The settings of both; where both have one, that of `stronger`. */
export const merge = (weaker: Source, stronger: Source): Source => ({
  values: mergeTrees(Settings.keys.tags, weaker.values, stronger.values),
  origins: mergeTrees(Settings.keys.tags, weaker.origins, stronger.origins)
})

/** A source of these settings; of a key that is set twice, the last value counts. */
export const make = (settings: ReadonlyArray<Setting>): Source =>
  settings.reduce((source: Source, { key, origin, text, value }) => {
    const spelled = spell(key, text && typeof value === "string" ? parse(key, value) : value)
    const origins = originsOf(key, spelled, origin)
    if (key !== "") {
      const path = key.split(".")
      return { values: put(source.values, path, spelled), origins: put(source.origins, path, origins) }
    }
    return isTree(spelled) && isTree(origins)
      ? { values: spelled, origins }
      : { values: { "": spelled }, origins: { "": origin } }
  }, empty)

/** A setting with its dotted key. */
export interface Entry {
  readonly key: string
  readonly value: unknown
  readonly origin: string
}

/** The settings of a source, one by one. */
export const entries = ({ origins, values }: Source, group = ""): ReadonlyArray<Entry> =>
  Object.entries(origins).flatMap(([name, origin]) => {
    const key = join(group, name)
    const value = values[name]
    if (typeof origin === "string") return [{ key, value, origin }]
    return isTree(origin) && isTree(value) ? entries({ values: value, origins: origin }, key) : []
  })

/** The origin of the setting with this key, if it has one. */
export const originOf = ({ origins }: Source, key: string): string | undefined => {
  const origin = get(origins, key)
  return typeof origin === "string" ? origin : undefined
}

/** Shorthands for groups in their full form; text that is no shorthand stays as it is. */
const spell = (key: string, value: unknown): unknown => {
  if (key === "" && isTree(value))
    return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, spell(name, child)]))
  const shorthand = Settings.shorthands.get(key)
  return shorthand !== undefined && typeof value === "string" ? Result.getOrElse(shorthand(value), () => value) : value
}

const originsOf = (key: string, value: unknown, origin: string): unknown =>
  isTree(value) && !Settings.keys.leaves.has(key)
    ? Object.fromEntries(
        Object.entries(value).map(([name, child]) => [name, originsOf(join(key, name), child, origin)])
      )
    : origin

/** Text that the key accepts stays text; other text is parsed as JSON, if it is JSON. */
const parse = (key: string, text: string): unknown => {
  if (Settings.keys.leaves.get(key)?.some(({ accepts }) => accepts(text))) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
