import type { StoredTensor } from "../weights/StoredTensor.js"

/**
 * A plain number is an integer; a float is marked as one.
 *
 * @category models
 */
export type Attribute = number | string | ReadonlyArray<number> | { readonly float: number }

/**
 * An operator of an ONNX graph with one output.
 *
 * @category models
 */
export interface Node {
  readonly name: string
  readonly type: string
  readonly inputs: ReadonlyArray<string>
  readonly output: string
  readonly attributes: Readonly<Record<string, Attribute>>
}

/**
 * What a kind of layer writes its ONNX operators (opset 17) to.
 *
 * @category models
 */
export interface Scope {
  /** Adds an operator and gives the name of its output. */
  readonly add: (type: string, inputs: ReadonlyArray<string>, attributes?: Node["attributes"]) => string
  /** The layer's parameter of that name, in PyTorch's layout (OIHW, [out, in]). */
  readonly parameter: (name: string) => string
  /** A constant vector of 64-bit integers, as operators take shapes and axes. */
  readonly integers: (...values: ReadonlyArray<number>) => string
  /** A constant tensor of that shape, by default a scalar. */
  readonly floats: (values: ReadonlyArray<number>, shape?: ReadonlyArray<number>) => string
}

/**
 * An ONNX graph under construction.
 *
 * @category models
 */
export interface Graph {
  readonly nodes: ReadonlyArray<Node>
  /** Parameters and constants. */
  readonly initializers: ReadonlyMap<string, StoredTensor>
  readonly scope: (path: string, parameter: (name: string) => readonly [string, StoredTensor]) => Scope
}

/**
 * An empty graph.
 *
 * @category exporting
 */
export const make = (): Graph => {
  const nodes: Array<Node> = []
  const initializers = new Map<string, StoredTensor>()
  const taken = new Set<string>()
  const unique = (wish: string): string => {
    let free = wish
    for (let i = 1; taken.has(free); i++) free = `${wish}_${i}`
    taken.add(free)
    return free
  }
  const initializer = (name: string, tensor: StoredTensor): string => {
    initializers.set(name, tensor)
    return name
  }
  return {
    nodes,
    initializers,
    scope: (path, parameter) => {
      const below = (name: string) => unique(`${path}/${name}`)
      return {
        add: (type, inputs, attributes = {}) => {
          const name = below(type)
          nodes.push({ name, type, inputs, output: name, attributes })
          return name
        },
        parameter: (name) => initializer(...parameter(name)),
        integers: (...values) =>
          initializer(below("constant"), {
            dtype: "I64",
            shape: [values.length],
            data: BigInt64Array.from(values, BigInt)
          }),
        floats: (values, shape = []) =>
          initializer(below("constant"), { dtype: "F32", shape, data: Float32Array.from(values) })
      }
    }
  }
}
