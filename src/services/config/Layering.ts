import { Result, Schema } from "effect"
import { nearest } from "../../internal/Nearest.js"
import type { Keys, Leaf } from "./Keys.js"
import type { ConfigProblem } from "./RunConfigError.js"

/** Where a value of the configuration came from. */
export const Origin = Schema.Union([
  Schema.TaggedStruct("Default", {}),
  Schema.TaggedStruct("Preset", { name: Schema.String }),
  Schema.TaggedStruct("File", { path: Schema.String }),
  Schema.TaggedStruct("Environment", { name: Schema.String }),
  Schema.TaggedStruct("Flag", { name: Schema.String }),
  Schema.TaggedStruct("Program", {})
])
export type Origin = typeof Origin.Type

/** An origin in words: `default`, `preset cifar10-quick`, `file run.json`, `environment EFFECT_TENSORFLOW_SEED`, `flag --set`. */
export const describe = (origin: Origin): string => {
  switch (origin._tag) {
    case "Default":
    case "Program":
      return origin._tag.toLowerCase()
    case "File":
      return `file ${origin.path}`
    default:
      return `${origin._tag.toLowerCase()} ${origin.name}`
  }
}

/** A value for a key: `text` is still to be read as the type that the key wants, `value` has its type. */
export interface Setting {
  readonly key: string
  readonly origin: Origin
  readonly value: unknown
  readonly text?: true
}

export interface Entry {
  readonly value: unknown
  readonly origin: Origin
}

/** Entries by dotted key, and what was wrong with the others. */
export interface Layer {
  readonly entries: ReadonlyMap<string, Entry>
  readonly problems: ReadonlyArray<ConfigProblem>
}

/** Short forms of whole groups, such as `seminar-resnet-5` for a network: what they stand for, or what is wrong with them. */
export type Shorthands = Readonly<Record<string, (text: string) => Result.Result<unknown, string>>>

/** Brings settings to the leaves that they set, and checks each by itself. A key set twice takes the last value. */
export const make = (keys: Keys, shorthands: Shorthands, settings: Iterable<Setting>): Layer => {
  const entries = new Map<string, Entry>()
  const problems: Array<ConfigProblem> = []

  const add = (key: string, value: unknown, origin: Origin): void => {
    const refuse = (problem: string): number => problems.push({ key, origin: describe(origin), problem })
    const leaf = keys.leaves.get(key)
    if (leaf !== undefined) {
      if (leaf.accepts(value)) entries.set(key, { value, origin })
      else refuse(mismatch(leaf, value))
    } else if (!keys.groups.has(key) && key !== "") {
      refuse(`unknown key; did you mean ${nearest(key, [...keys.leaves.keys(), ...keys.groups])}?`)
    } else if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      for (const [name, child] of Object.entries(value)) add(key === "" ? name : `${key}.${name}`, child, origin)
    } else {
      const shorthand = typeof value === "string" ? shorthands[key]?.(value) : undefined
      if (shorthand === undefined) refuse(notGroup(keys, key, value))
      else if (Result.isFailure(shorthand)) refuse(shorthand.failure)
      else add(key, shorthand.success, origin)
    }
  }

  for (const { key, value, origin, text } of settings) {
    const leaf = keys.leaves.get(key)
    add(key, text && typeof value === "string" ? parse(value, leaf) : value, origin)
  }
  return { entries, problems }
}

/** Joins layers, the last the strongest: the entry of each leaf, the tree of their values, and what does not fit together. */
export const merge = (
  keys: Keys,
  layers: ReadonlyArray<Layer>
): {
  readonly tree: unknown
  readonly entries: ReadonlyMap<string, Entry>
  readonly problems: ReadonlyArray<ConfigProblem>
} => {
  const strongest = (key: string, below = layers.length, fits: (rank: number) => boolean = () => true) => {
    for (let rank = below - 1; rank >= 0; rank--) {
      const entry = layers[rank]!.entries.get(key)
      if (entry !== undefined && fits(rank)) return { ...entry, rank }
    }
    return undefined
  }
  const problems = layers.flatMap((layer) => layer.problems)
  const entries = new Map<string, Entry>()
  const tree: Record<string, unknown> = {}

  for (const { key, only, expected, optional } of keys.leaves.values()) {
    const tag = only && strongest(only.tag)
    // Below the layer that chose the branch, only a layer of the same branch and the defaults have a say in it.
    const entry = strongest(
      key,
      layers.length,
      (rank) => rank === 0 || !only || rank >= (tag?.rank ?? 0) || strongest(only.tag, rank + 1)?.value === tag?.value
    )
    const branch = only && `${only.tag} is ${tag?.value}${tag ? ` (${describe(tag.origin)})` : ""}`
    if (only && !only.values.includes(String(tag?.value))) {
      // What was set for another branch by a weaker layer is out of the way; by a stronger one it is a mistake.
      if (entry && entry.rank > 0)
        problems.push({
          key,
          origin: describe(entry.origin),
          problem: `goes with ${only.tag} ${only.values.join(" or ")}, but ${branch}`
        })
    } else if (entry === undefined && optional) {
    } else if (entry === undefined) {
      const origin = describe(tag?.origin ?? { _tag: "Default" })
      problems.push({ key, origin, problem: `missing: expected ${expected}${branch ? `, because ${branch}` : ""}` })
    } else {
      entries.set(key, { value: entry.value, origin: entry.origin })
      put(tree, key.split("."), entry.value)
    }
  }
  return { tree, entries, problems }
}

const put = (tree: Record<string, unknown>, [name, ...rest]: ReadonlyArray<string>, value: unknown): void => {
  if (name === undefined) return
  if (rest.length === 0) {
    tree[name] = value
    return
  }
  const child = tree[name]
  const inner: Record<string, unknown> = typeof child === "object" && child !== null ? { ...child } : {}
  put(inner, rest, value)
  tree[name] = inner
}

/** Text that is a value as it stands stays text; else it is read as JSON where it is JSON. */
const parse = (text: string, leaf: Leaf | undefined): unknown => {
  if (leaf?.accepts(text)) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const mismatch = (leaf: Leaf, value: unknown): string => {
  const guess = typeof value === "string" && leaf.choices.length > 0 ? nearest(value, leaf.choices) : undefined
  return `expected ${leaf.expected}, got ${show(value)}${guess === undefined ? "" : `; did you mean ${guess}?`}`
}

const notGroup = (keys: Keys, group: string, value: unknown): string => {
  const inside = [...keys.leaves.keys()].filter((key) => key.startsWith(`${group}.`))
  const names = inside.map((key) => key.slice(group.length + 1)).join(", ")
  return `expected an object of ${group === "" ? "settings" : names}, got ${show(value)}`
}

const show = (value: unknown): string =>
  typeof value === "number" || value === undefined ? String(value) : JSON.stringify(value)
