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
  const widths = [size([height, width, channels]), ...hidden]
  return {
    name: ["mlp", ...hidden].join("-"),
    ...task,
    body: chain(
      named("flatten", flatten),
      ...hidden.flatMap((features, i) => [
        named(`fc${i + 1}`, linear(widths[i]!, features)),
        named(`relu${i + 1}`, relu)
      ]),
      named(`fc${hidden.length + 1}`, linear(widths.at(-1)!, task.classes))
    )
  }
}
