import { Schema } from "effect"

/**
 * The part of a dataset that an image is in.
 *
 * @category models
 */
export const Split = Schema.Literals(["train", "test"])
export type Split = typeof Split.Type

/**
 * An image as an audit sees it: its size in the file, and a digest of its pixels, or why it cannot be read.
 *
 * @category models
 */
export interface Seen {
  readonly name: string
  readonly split: Split
  /** The name of its class, or the names of its labels; empty for an image with values. */
  readonly labels: ReadonlyArray<string>
  readonly image:
    | { readonly height: number; readonly width: number; readonly channels: number; readonly digest: string }
    | { readonly unreadable: string }
}

const Counts = Schema.Struct({ name: Schema.String, train: Schema.Int, test: Schema.Int })

/** Images with the same pixels: the place of each in the list, its name, split and labels. */
const Same = Schema.Array(
  Schema.Struct({ index: Schema.Int, name: Schema.String, split: Split, labels: Schema.Array(Schema.String) })
)

/**
 * What an audit found. A group of images with the same pixels is in one list only: `conflicts` if their labels differ, else `leaks` if
 * they are in both splits, else `duplicates`.
 *
 * @category models
 */
export const Audit = Schema.Struct({
  dataset: Schema.String,
  images: Schema.Struct({ train: Schema.Int, test: Schema.Int }),
  classes: Schema.Array(Counts),
  /** The training images of the largest class over those of the smallest; `null` for a class without any, and where there are no classes. */
  imbalance: Schema.NullOr(Schema.Number),
  /** The sizes of the images, the most frequent first. */
  sizes: Schema.Array(
    Schema.Struct({ height: Schema.Int, width: Schema.Int, channels: Schema.Int, images: Schema.Int })
  ),
  unreadable: Schema.Array(Schema.Struct({ name: Schema.String, reason: Schema.String })),
  duplicates: Schema.Array(Same),
  conflicts: Schema.Array(Same),
  leaks: Schema.Array(Same)
})
export type Audit = typeof Audit.Type

/**
 * The audit of the images of a dataset, in their order; `classNames` gives the order of the classes, also of those without an image.
 *
 * @category constructors
 * @example
 * ```ts
 * import { Audit } from "effect-tensorflow/data"
 *
 * const image = { height: 2, width: 2, channels: 1, digest: "a" }
 * const audit = Audit.make({ name: "shapes", classNames: ["disc", "square"] }, [
 *   { name: "1.png", split: "train", labels: ["disc"], image },
 *   { name: "2.png", split: "test", labels: ["disc"], image },
 *   { name: "3.png", split: "train", labels: ["square"], image: { unreadable: "the file is empty" } }
 * ])
 *
 * audit.leaks.map((group) => group.map(({ name }) => name)) // => [["1.png", "2.png"]]
 * audit.unreadable // => [{ name: "3.png", reason: "the file is empty" }]
 * Audit.isClean(audit) // => false
 * ```
 */
export const make = (
  dataset: { readonly name: string; readonly classNames: ReadonlyArray<string> },
  seen: ReadonlyArray<Seen>
): Audit => {
  const groups = [...sameOf(seen).values()].filter((group) => group.length > 1)
  const isConflict = (group: typeof Same.Type) => new Set(group.map(({ labels }) => labels.join("\0"))).size > 1
  const isLeak = (group: typeof Same.Type) => new Set(group.map(({ split }) => split)).size > 1
  const labelled = dataset.classNames.map((name) => ({
    name,
    ...splitCounts(seen, ({ labels }) => labels.includes(name))
  }))
  const hasClasses = labelled.some(({ test, train }) => train + test > 0)
  return {
    dataset: dataset.name,
    images: splitCounts(seen, () => true),
    classes: hasClasses ? labelled : [],
    imbalance: hasClasses ? ratio(labelled.map(({ train }) => train)) : null,
    sizes: sizesOf(seen),
    unreadable: seen.flatMap(({ image, name }) => ("unreadable" in image ? [{ name, reason: image.unreadable }] : [])),
    conflicts: groups.filter(isConflict),
    leaks: groups.filter((group) => isLeak(group) && !isConflict(group)),
    duplicates: groups.filter((group) => !isLeak(group) && !isConflict(group))
  }
}

/**
 * Whether every image can be read, no training image is a test image too, and no picture has two different labels.
 *
 * @category guards
 */
export const isClean = ({ conflicts, leaks, unreadable }: Audit): boolean =>
  unreadable.length === 0 && leaks.length === 0 && conflicts.length === 0

const splitCounts = (seen: ReadonlyArray<Seen>, counts: (image: Seen) => boolean) => {
  const total = { train: 0, test: 0 }
  for (const image of seen) if (counts(image)) total[image.split] += 1
  return total
}

const ratio = (counts: ReadonlyArray<number>): number | null => {
  const least = Math.min(...counts)
  return least === 0 ? null : Math.max(...counts) / least
}

/** The images by the digest of their pixels. */
const sameOf = (seen: ReadonlyArray<Seen>): ReadonlyMap<string, Array<(typeof Same.Type)[number]>> => {
  const groups = new Map<string, Array<(typeof Same.Type)[number]>>()
  for (const [index, { image, labels, name, split }] of seen.entries()) {
    if ("unreadable" in image) continue
    const group = groups.get(image.digest) ?? []
    group.push({ index, name, split, labels })
    groups.set(image.digest, group)
  }
  return groups
}

const sizesOf = (seen: ReadonlyArray<Seen>): Audit["sizes"] => {
  const sizes = new Map<string, { height: number; width: number; channels: number; images: number }>()
  for (const { image } of seen) {
    if ("unreadable" in image) continue
    const { channels, height, width } = image
    const key = `${height}x${width}x${channels}`
    sizes.set(key, { height, width, channels, images: (sizes.get(key)?.images ?? 0) + 1 })
  }
  return [...sizes.values()].sort((a, b) => b.images - a.images)
}
