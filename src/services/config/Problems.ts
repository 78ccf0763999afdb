import { Result } from "effect"
import { nearest } from "../../internal/Nearest.js"
import type { Leaf } from "./Keys.js"
import type { ConfigProblem } from "./RunConfigError.js"
import { keys, shorthands } from "./Settings.js"
import { type Entry, entries, originOf, type Source } from "./Source.js"
import { get } from "./Tree.js"

/** Everything that is wrong with the settings: unknown keys, wrong values, keys of another branch, missing keys. */
export const of = (source: Source): ReadonlyArray<ConfigProblem> => [
  ...entries(source).flatMap((entry) => {
    const problem = problemOf(source, entry)
    return problem === undefined ? [] : [{ key: entry.key, origin: entry.origin, problem }]
  }),
  ...[...keys.leaves.values()].flat().flatMap((leaf) => missing(source, leaf))
]

const problemOf = (source: Source, { key, value }: Entry): string | undefined => {
  const leaves = keys.leaves.get(key)
  if (leaves === undefined) return keys.groups.has(key) || key === "" ? notGroup(key, value) : unknown(key)
  const leaf = leaves.find((leaf) => isChosen(source, leaf))
  if (leaf === undefined) return otherBranch(source, leaves)
  return leaf.accepts(value) ? undefined : mismatch(leaf, value)
}

/** Whether the leaf belongs to the chosen branch. If the tag itself is wrong, every leaf does: the problem is reported for the tag. */
const isChosen = (source: Source, { only }: Leaf): boolean => {
  if (only === undefined) return true
  const tag = get(source.values, only.tag)
  return only.values.some((value) => value === tag) || !keys.leaves.get(only.tag)?.some(({ accepts }) => accepts(tag))
}

const missing = (source: Source, leaf: Leaf): ReadonlyArray<ConfigProblem> => {
  const { expected, key, only, required } = leaf
  if (!required || get(source.values, key) !== undefined) return []
  const tag = only && get(source.values, only.tag)
  if (only && !only.values.some((value) => value === tag)) return []
  const origin = (only && originOf(source, only.tag)) ?? "settings"
  return [
    { key, origin, problem: `missing: expected ${expected}${only ? `, because ${chosen(source, only.tag)}` : ""}` }
  ]
}

const otherBranch = (source: Source, leaves: ReadonlyArray<Leaf>): string => {
  const [first] = leaves
  const tag = first?.only?.tag ?? ""
  const values = leaves.flatMap(({ only }) => only?.values ?? [])
  return `goes with ${tag} ${values.join(" or ")}, but ${chosen(source, tag)}`
}

const chosen = (source: Source, tag: string): string =>
  `${tag} is ${get(source.values, tag)} (${originOf(source, tag) ?? "default"})`

const unknown = (key: string): string =>
  `unknown key; did you mean ${nearest(key, [...keys.leaves.keys(), ...keys.groups])}?`

const mismatch = (leaf: Leaf, value: unknown): string => {
  const guess = typeof value === "string" && leaf.choices.length > 0 ? nearest(value, leaf.choices) : undefined
  return `expected ${leaf.expected}, got ${show(value)}${guess === undefined ? "" : `; did you mean ${guess}?`}`
}

const notGroup = (group: string, value: unknown): string => {
  const shorthand = typeof value === "string" ? shorthands.get(group)?.(value) : undefined
  if (shorthand !== undefined && Result.isFailure(shorthand)) return shorthand.failure
  const inside = [...keys.leaves.keys()].filter((key) => key.startsWith(`${group}.`))
  const names = inside.map((key) => key.slice(group.length + 1)).join(", ")
  return `expected an object of ${group === "" ? "settings" : names}, got ${show(value)}`
}

const show = (value: unknown): string =>
  typeof value === "number" || value === undefined ? String(value) : JSON.stringify(value)
