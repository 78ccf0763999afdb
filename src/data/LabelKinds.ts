import { Result } from "effect"
import { DatasetError } from "./DatasetError.js"

/**
 * What the labels of a set say: `"classes"` the one class of an image, `"multiple"` which of several labels it has, `"values"` numbers to predict
 * (regression).
 *
 * @category models
 */
export type Task = "classes" | "multiple" | "values"

/**
 * The label of one image by task: the number of its class, or a row with 0 or 1 for each label, or with a number for each output.
 *
 * @category models
 */
export interface Label {
  readonly classes: number
  readonly multiple: ArrayLike<number>
  readonly values: ArrayLike<number>
}

/**
 * The labels of a set by task: classes `[count]`, or the rows of all images `[count, outputs]` in row-major order.
 *
 * @category models
 */
export interface Labels {
  readonly classes: Int32Array
  readonly multiple: Float32Array
  readonly values: Float32Array
}

/** How the labels of a task are checked and stored. */
interface Kind<T extends Task> {
  /** The name of the array type. */
  readonly array: string
  readonly isArray: (labels: unknown) => boolean
  readonly zeros: (length: number) => Labels[T]
  readonly part: (labels: Labels[T], start: number, end: number) => Labels[T]
  /** The numbers that an image's label has. */
  readonly width: (labels: Labels[T], count: number) => number
  readonly flat: (labels: ArrayLike<Label[T]>) => Labels[T]
  /** The place of the first number that the labels of a set with so many outputs cannot have; -1 if there is none. */
  readonly findWrong: (labels: Labels[T], outputs: number) => number
  /** What the numbers of such a set are. */
  readonly range: (outputs: number) => string
  /** Why the label of an image cannot be one; `undefined` if it can. `like` is the label of the first image. */
  readonly wrong: (label: Label[T], like: Label[T]) => Wrong | undefined
}

interface Wrong {
  readonly is: string
  readonly expected: string
  readonly fix: string
}

const rows = (isValue: (value: number) => boolean, expected: string, fix: string) => ({
  array: "Float32Array",
  isArray: (labels: unknown) => labels instanceof Float32Array,
  zeros: (length: number) => new Float32Array(length),
  part: (labels: Float32Array, start: number, end: number) => labels.subarray(start, end),
  width: (labels: Float32Array, count: number) => (count === 0 ? 0 : labels.length / count),
  flat: (labels: ArrayLike<ArrayLike<number>>) => {
    const width = labels[0]?.length ?? 0
    const all = new Float32Array(labels.length * width)
    for (let image = 0; image < labels.length; image++) all.set(labels[image]!, image * width)
    return all
  },
  findWrong: (labels: Float32Array) => labels.findIndex((value) => !isValue(value)),
  range: () => expected,
  wrong: (label: ArrayLike<number>, like: ArrayLike<number>): Wrong | undefined => {
    if (label.length === 0 || label.length !== like.length) {
      return {
        is: `${label.length} numbers`,
        expected: label.length === 0 ? "at least one" : `${like.length}, as many as that of image 0`,
        fix: "give a number for each output, the same outputs for every image"
      }
    }
    const bad = Array.from(label).find((value) => !isValue(value))
    return bad === undefined ? undefined : { is: `[${Array.from(label).join(", ")}]`, expected, fix }
  }
})

/** Whether a number is one in float32 too. */
const isFloat = (value: number): boolean => Number.isFinite(Math.fround(value))

const kinds: { readonly [T in Task]: Kind<T> } = {
  classes: {
    array: "Int32Array",
    isArray: (labels) => labels instanceof Int32Array,
    zeros: (length) => new Int32Array(length),
    part: (labels, start, end) => labels.subarray(start, end),
    width: () => 1,
    flat: (labels) => Int32Array.from(labels),
    findWrong: (labels, outputs) => labels.findIndex((label) => !(label >= 0 && label < outputs)),
    range: (outputs) => `0 to ${outputs - 1}`,
    wrong: (label) =>
      Number.isInteger(label) && label >= 0 && label < 2 ** 31
        ? undefined
        : {
            is: `${label}`,
            expected: "the number of a class, counted from 0",
            fix: "number the classes 0, 1, 2, ..."
          }
  },
  multiple: rows(
    (value) => value === 0 || value === 1,
    "0 or 1 for each label",
    "write 1 for each label that the image has, and 0 for the others"
  ),
  values: rows(isFloat, "finite numbers", "leave out images whose values are unknown")
}

/** The kind of a task; a function, so that the type of a task that is a parameter stays one. */
const kindOf = <T extends Task>(task: T): Kind<T> => kinds[task]

/** The name of the array type that holds the labels of a task. */
export const arrayName = (task: Task): string => kindOf(task).array

/** Whether a value is an array of the type that holds the labels of a task. */
export const isArray = (task: Task, labels: unknown): boolean => kindOf(task).isArray(labels)

/** Fails unless `label` is one of the task; `like` is the label of the first image. */
export const check = <T extends Task>(
  task: T,
  label: Label[T],
  like: Label[T],
  image: number
): Result.Result<void, DatasetError> => {
  const wrong = kindOf(task).wrong(label, like)
  return wrong === undefined
    ? Result.void
    : Result.fail(
        new DatasetError({
          op: "decode",
          reason: `the label of image ${image} is ${wrong.is}; expected ${wrong.expected}`,
          fix: wrong.fix
        })
      )
}

/** The labels of all images as one array. */
export const flat = <T extends Task>(task: T, labels: ArrayLike<Label[T]>): Labels[T] => kindOf(task).flat(labels)

export interface Labelled<T extends Task> {
  readonly task: T
  readonly count: number
  readonly labels: Labels[T]
}

/** The labels of the images `start` to `end`, in the memory of the set. */
export const slice = <T extends Task>(set: Labelled<T>, start: number, end: number): Labels[T] => {
  const { part, width } = kindOf(set.task)
  const size = width(set.labels, set.count)
  return part(set.labels, start * size, end * size)
}

/** A copy of the labels of the images at `indices`. */
export const select = <T extends Task>(set: Labelled<T>, indices: ArrayLike<number>): Labels[T] => {
  const { width, zeros } = kindOf(set.task)
  const size = width(set.labels, set.count)
  const labels = zeros(indices.length * size)
  for (let i = 0; i < indices.length; i++) {
    const start = indices[i]! * size
    for (let j = 0; j < size; j++) labels[i * size + j] = set.labels[start + j]!
  }
  return labels
}

/**
 * The first image of a set whose label a network with so many outputs cannot have as its target, that label, and what is expected; `undefined` if
 * there is none.
 */
export const firstWrong = <T extends Task>({ labels, task }: Labelled<T>, outputs: number) => {
  const { findWrong, range } = kindOf(task)
  const place = findWrong(labels, outputs)
  if (place === -1) return undefined
  return { image: Math.floor(place / (task === "classes" ? 1 : outputs)), label: labels[place], range: range(outputs) }
}

/** Fails unless a network with so many outputs can have all labels of a set as its targets; `fix` is for labels that are not classes. */
export const checkAll = <T extends Task>(
  set: Labelled<T>,
  outputs: number,
  which: string,
  fix: string
): Result.Result<void, DatasetError> => {
  const wrong = firstWrong(set, outputs)
  if (wrong === undefined) return Result.void
  const { image, label, range } = wrong
  return Result.fail(
    set.task === "classes"
      ? new DatasetError({
          op: "decode",
          reason: `the labels of ${outputs} classes are ${range}; ${which} image ${image} has ${label}`,
          fix: "count the classes from 0, and name each of them"
        })
      : new DatasetError({
          op: "decode",
          reason: `a label of ${which} image ${image} is ${label}; expected ${range}`,
          fix
        })
  )
}
