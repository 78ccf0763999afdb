import { type Shape, size } from "./Shape.js"

/** How far apart in memory neighbours along each axis lie, in elements. */
export type Strides = ReadonlyArray<number>

/** Those of a tensor that lies in row-major order without gaps. */
export const contiguous = (shape: Shape): Strides => shape.map((_, axis) => size(shape.slice(axis + 1)))

/** Calls `visit(to, from)` for every element in row-major order: the `to`-th is the one that lies at `from` under these strides. */
export const forEach = (shape: Shape, strides: Strides, visit: (to: number, from: number) => void): void => {
  const count = size(shape)
  const index = shape.map(() => 0)
  let from = 0
  for (let to = 0; to < count; to++) {
    visit(to, from)
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!
      index[axis]!++
      if (index[axis]! < shape[axis]!) break
      from -= strides[axis]! * shape[axis]!
      index[axis] = 0
    }
  }
}
