/** Values by name, in groups. Anything but a plain object is a leaf, also a list. */
export type Tree = Readonly<Record<string, unknown>>

export const isTree = (value: unknown): value is Tree =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** The tag of each group that is a tagged union, by the dotted key of the group: `kind` for `rate`. */
export type Tags = ReadonlyMap<string, string>

/**
 * Both trees; where both have a leaf, that of `stronger`.
 *
 * A group of `stronger` that names its tag replaces the weaker one whole: the weaker leaves may belong to another branch.
 */
export const merge = (tags: Tags, weaker: Tree, stronger: Tree, group = ""): Tree => {
  const tag = tags.get(group)
  if (tag !== undefined && Object.hasOwn(stronger, tag)) return stronger
  const names = new Set([...Object.keys(weaker), ...Object.keys(stronger)])
  return Object.fromEntries(
    [...names].map((name) => {
      const [below, above] = [weaker[name], stronger[name]]
      if (!Object.hasOwn(stronger, name)) return [name, below]
      return [name, isTree(below) && isTree(above) ? merge(tags, below, above, join(group, name)) : above]
    })
  )
}

/** The tree with `value` at the path, in place of what was there. */
export const put = (tree: Tree, [name = "", ...rest]: ReadonlyArray<string>, value: unknown): Tree => {
  const child = tree[name]
  return { ...tree, [name]: rest.length === 0 ? value : put(isTree(child) ? child : {}, rest, value) }
}

/** The value at the dotted key; `undefined` if there is none. */
export const get = (tree: unknown, key: string): unknown =>
  key.split(".").reduce<unknown>((node, name) => (isTree(node) ? node[name] : undefined), tree)

/** The dotted key of `name` in a group. */
export const join = (group: string, name: string): string => (group === "" ? name : `${group}.${name}`)
