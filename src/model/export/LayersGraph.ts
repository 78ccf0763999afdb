import type { HostTensor } from "../Tensors.js"

/**
 * A layer of a tf.layers model as `model.json` holds it.
 *
 * @category models
 */
export interface Node {
  readonly class_name: string
  readonly name: string
  readonly config: Readonly<Record<string, unknown>>
  readonly inbound_nodes: ReadonlyArray<unknown>
}

/**
 * What a kind of layer writes its layers of tf.layers to.
 *
 * @category models
 */
export interface Scope {
  /** A tensor of the layer by the layer's name for it, in our layout (HWIO, [in, out]). */
  readonly weight: (name: string) => HostTensor
  /**
   * Adds a layer of the class `type`, with its Keras configuration (`kernel_size`) and its weights by their Keras names (`kernel`); returns its name.
   *
   * It is named after the network's layer, with `options.name` appended.
   */
  readonly add: (type: string, inputs: ReadonlyArray<string>, options?: Options) => string
}

/**
 * The arguments of a layer other than its inputs.
 *
 * @category models
 */
export interface Options {
  readonly name?: string
  readonly config?: Readonly<Record<string, unknown>>
  readonly weights?: Readonly<Record<string, HostTensor>>
}

/**
 * A tf.layers model under construction.
 *
 * @category models
 */
export interface Graph {
  readonly nodes: ReadonlyArray<Node>
  readonly weights: ReadonlyArray<readonly [name: string, tensor: HostTensor]>
  readonly input: (name: string, shape: ReadonlyArray<number>) => string
  readonly add: (path: string, type: string, inputs: ReadonlyArray<string>, options?: Options) => string
}

/**
 * An empty graph.
 *
 * @category exporting
 */
export const make = (): Graph => {
  const nodes: Array<Node> = []
  const weights: Array<readonly [string, HostTensor]> = []
  const taken = new Set<string>()
  /** A valid name that no other layer has. */
  const unique = (wish: string): string => {
    const name = wish.replaceAll(/[^-A-Za-z0-9._]/g, "_").replace(/^(?![A-Za-z0-9])/, "layer")
    let free = name
    for (let i = 1; taken.has(free); i++) free = `${name}_${i}`
    taken.add(free)
    return free
  }
  const push = (
    name: string,
    type: string,
    inputs: ReadonlyArray<string>,
    config: Readonly<Record<string, unknown>>
  ): string => {
    const inbound = inputs.map((input) => [input, 0, 0, {}])
    nodes.push({
      class_name: type,
      name,
      config: { name, ...config },
      inbound_nodes: inbound.length === 0 ? [] : [inbound]
    })
    return name
  }
  return {
    nodes,
    weights,
    input: (name, shape) =>
      push(unique(name), "InputLayer", [], { batch_input_shape: [null, ...shape], dtype: "float32", sparse: false }),
    add: (path, type, inputs, { config = {}, name: below = "", weights: own = {} } = {}) => {
      const name = unique([path, below].filter((part) => part !== "").join(".") || type.toLowerCase())
      for (const [weight, tensor] of Object.entries(own)) weights.push([`${name}/${weight}`, tensor])
      return push(name, type, inputs, { trainable: true, ...config })
    }
  }
}
