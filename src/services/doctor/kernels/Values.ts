import * as Random from "../../../internal/Random.js"
import { size } from "../../../model/Shape.js"

/** A host array of float64 numbers. */
export interface Values {
  readonly shape: ReadonlyArray<number>
  readonly data: Float64Array
}

/** Normally distributed numbers, each of which a float32 holds: the same for the same name and shape. */
export const noise = (name: string, shape: ReadonlyArray<number>): Values => {
  const { normal } = Random.make(0, "kernels", name, ...shape)
  return { shape, data: Float64Array.from({ length: size(shape) }, () => Math.fround(normal())) }
}

/** What a variance can be: numbers between 0.5 and 1.5. */
export const positive = (name: string, shape: ReadonlyArray<number>): Values => {
  const { uniform } = Random.make(0, "kernels", name, ...shape)
  return { shape, data: Float64Array.from({ length: size(shape) }, () => Math.fround(0.5 + uniform())) }
}

/** A new shape, each number given by its index. */
export const generate = (shape: ReadonlyArray<number>, f: (index: number) => number): Values => ({
  shape,
  data: Float64Array.from({ length: size(shape) }, (_, index) => f(index))
})

export const map = ({ data, shape }: Values, f: (x: number, index: number) => number): Values => ({
  shape,
  data: data.map((x, index) => f(x, index))
})
