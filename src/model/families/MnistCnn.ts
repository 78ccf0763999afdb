import { chain, conv, flatten, linear, maxPool, named, relu } from "../Layers.js"
import type { Network, Task } from "../Network.js"
import { mnist } from "./Tasks.js"

/** The side after two 5x5 convolutions and two 2x2 pools. */
const side = (pixels: number): number => Math.floor((Math.floor((pixels - 4) / 2) - 4) / 2)

/**
 * The small CNN of the MNIST tutorials: two 5x5 convolutions with pools, three linear layers; 44,426 parameters for MNIST.
 *
 * **Source** LeNet-5 (LeCun et al. 1998) with ReLU and max pools.
 *
 * @category networks
 */
export const make = (task: Task = mnist): Network => ({
  name: "mnist-cnn",
  ...task,
  body: chain(
    named("conv1", conv(task.input.channels, 6, { kernel: 5, padding: 0 })),
    named("relu1", relu),
    named("pool1", maxPool(2)),
    named("conv2", conv(6, 16, { kernel: 5, padding: 0 })),
    named("relu2", relu),
    named("pool2", maxPool(2)),
    named("flatten", flatten),
    // Nothing is left of an image that is too small, and `validate` rejects that; the layer still needs a size.
    named("fc1", linear(16 * Math.max(1, side(task.input.height)) * Math.max(1, side(task.input.width)), 120)),
    named("relu3", relu),
    named("fc2", linear(120, 84)),
    named("relu4", relu),
    named("fc3", linear(84, task.classes))
  )
})
