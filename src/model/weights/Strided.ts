import { type Shape, size } from "../Shape.js"

/** The distance in memory between neighbors along each axis, in elements. */
export type Strides = ReadonlyArray<number>

/** The strides of a tensor in row-major order without gaps. */
export const contiguous = (shape: Shape): Strides => shape.map((_, axis) => size(shape.slice(axis + 1)))

/**
 * Calls `visit` for every row along the last axis, in row-major order: its elements, from the `to`-th on, lie at `from`, `from + step`, ...
 * under these strides.
 */
export const rows = (
  shape: Shape,
  strides: Strides,
  visit: (to: number, from: number, length: number, step: number) => void
): void => {
  const count = size(shape)
  const length = shape.at(-1) ?? 1
  const step = strides.at(-1) ?? 1
  const index = shape.map(() => 0)
  let from = 0
  for (let to = 0; to < count; to += length) {
    visit(to, from, length, step)
    for (let axis = shape.length - 2; axis >= 0; axis--) {
      from += strides[axis]!
      index[axis]!++
      if (index[axis]! < shape[axis]!) break
      from -= strides[axis]! * shape[axis]!
      index[axis] = 0
    }
  }
}
