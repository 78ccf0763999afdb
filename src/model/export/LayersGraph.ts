import type { HostTensor } from "../Tensors.js"

/** A layer of a tf.layers model as `model.json` holds it. */
export interface Node {
  readonly class_name: string
  readonly name: string
  readonly config: Readonly<Record<string, unknown>>
  readonly inbound_nodes: ReadonlyArray<unknown>
}

/** Where a kind of layer writes itself as layers of tf.layers. */
export interface Scope {
  /** A tensor of the layer by its own name, in our layout (HWIO, [in, out]). */
  readonly weight: (name: string) => HostTensor
  /**
   * Adds a layer of the class `type`, with its Keras configuration (`kernel_size`) and its weights by their Keras names (`kernel`); gives its name.
   *
   * It bears the name of the network's layer, or one below it: `options.name`.
   */
  readonly add: (type: string, inputs: ReadonlyArray<string>, options?: Options) => string
}

/** What a layer is made with beside its inputs. */
export interface Options {
  readonly name?: string
  readonly config?: Readonly<Record<string, unknown>>
  readonly weights?: Readonly<Record<string, HostTensor>>
}

/** A tf.layers model in the making. */
export interface Graph {
  readonly nodes: ReadonlyArray<Node>
  readonly weights: ReadonlyArray<readonly [name: string, tensor: HostTensor]>
  readonly input: (name: string, shape: ReadonlyArray<number>) => string
  readonly add: (path: string, type: string, inputs: ReadonlyArray<string>, options?: Options) => string
}

/** A graph with nothing in it. */
export const make = (): Graph => {
  const nodes: Array<Node> = []
  const weights: Array<readonly [string, HostTensor]> = []
  const taken = new Set<string>()
  /** A name that tf.layers takes and that no other layer has. */
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
