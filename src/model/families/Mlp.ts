import { chain, flatten, linear, named, relu } from "../Layers.js"
import type { Network, Task } from "../Network.js"
import { size } from "../Shape.js"
import { mnist } from "./Tasks.js"

/**
 * One variant; the features of each hidden layer.
 *
 * @category models
 */
export interface Variant {
  readonly hidden: ReadonlyArray<number>
}

/**
 * Multi-layer perceptron: the pixels as one vector, linear layers with ReLUs between them.
 *
 * @category networks
 */
export const make = ({ hidden }: Variant, task: Task = mnist): Network => {
  const { channels, height, width } = task.input
  const pixels = size([height, width, channels])
  return {
    name: ["mlp", ...hidden].join("-"),
    ...task,
    body: chain(
      named("flatten", flatten),
      ...hidden.flatMap((features, i) => [
        named(`fc${i + 1}`, linear(hidden[i - 1] ?? pixels, features)),
        named(`relu${i + 1}`, relu)
      ]),
      named(`fc${hidden.length + 1}`, linear(hidden.at(-1) ?? pixels, task.classes))
    )
  }
}
