import type { Dataset } from "../../src/data/Dataset.js"
import * as MnistCnn from "../../src/model/families/MnistCnn.js"
import * as Layers from "../../src/model/Layers.js"
import * as LearningRate from "../../src/train/LearningRate.js"
import * as Plan from "../../src/train/Plan.js"
import * as Images from "./Images.js"

const shape = { height: 16, width: 16, channels: 1 }

/** Random images, which a network can only learn by heart. */
export const noise = (train: number, test: number, classes = 3): Dataset<"classes"> => ({
  name: "noise",
  classNames: Array.from({ length: classes }, (_, i) => `class ${i}`),
  statistics: { mean: [0.5], deviation: [0.3] },
  train: Images.random(train, shape, classes),
  test: Images.random(test, shape, classes)
})

/** A small CNN on 44 random images: 2 epochs of 6 steps, the last of 4 images; a few milliseconds a step. */
export const small: Plan.Plan<"classes"> = Plan.make({
  network: MnistCnn.make({ input: shape, classes: 3 }),
  dataset: noise(44, 10)
}).pipe(
  Plan.epochs(2),
  Plan.batchSize(8),
  Plan.rate(() => LearningRate.constant(0.01))
)

/** A convolution with a batch norm, so that there are running statistics, on random images. */
export const normed: Plan.Plan = Plan.make({
  network: {
    name: "normed",
    input: { height: 16, width: 16, channels: 1 },
    classes: 3,
    body: Layers.chain(
      Layers.named("conv", Layers.conv(1, 4, { stride: 2, bias: false })),
      Layers.named("bn", Layers.batchNorm(4)),
      Layers.relu,
      Layers.globalAvgPool,
      Layers.named("fc", Layers.linear(4, 3))
    )
  },
  dataset: noise(44, 10)
}).pipe(
  Plan.epochs(2),
  Plan.batchSize(8),
  Plan.rate(() => LearningRate.constant(0.05))
)
