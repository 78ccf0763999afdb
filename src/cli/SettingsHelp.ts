import { Option, Schema } from "effect"
import type { Leaf } from "../services/config/Keys.js"
import { keys, Settings } from "../services/config/Settings.js"
import { get } from "../services/config/Tree.js"

const defaults = Schema.decodeSync(Settings)({})

const row = ({ byDefault, expected, key, only }: Leaf): readonly [key: string, value: string, expected: string] => {
  const value = get(defaults, key) ?? Option.getOrUndefined(byDefault)
  const branch = only && `with ${only.tag} ${abridged(only.values)}`
  return [key, value == null ? "" : JSON.stringify(value), branch ? `${expected} (${branch})` : expected]
}

const abridged = (names: ReadonlyArray<string>): string =>
  names.length > 4 ? `${names.slice(0, 3).join(", ")}, ...` : names.join(", ")

const rows = [...keys.leaves.values()].flat().map(row)

const width = (column: 0 | 1): number => Math.max(...rows.map((row) => row[column].length))

/** The keys of `--set` with their defaults and what they take. */
export const text = `
SETTINGS
  key, default and values, for --set, the file of --config, and the environment as EFFECT_TENSORFLOW_<KEY>

${rows.map(([key, value, expected]) => `  ${key.padEnd(width(0))}  ${value.padEnd(width(1))}  ${expected}`).join("\n")}`
