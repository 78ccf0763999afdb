import * as tf from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import * as Init from "../../src/model/Init.js"
import * as Layers from "../../src/model/Layers.js"
import type { Network } from "../../src/model/Network.js"
import { Backend } from "../../src/services/backend/Backend.js"
import * as Loss from "../../src/train/Loss.js"
import * as Optimizer from "../../src/train/Optimizer.js"
import * as Step from "../../src/train/Step.js"
import * as TrainState from "../../src/train/TrainState.js"
import { backends } from "./Backends.js"
import * as Evaluate from "./Evaluate.js"
import * as Golden from "./Golden.js"
import { assertNoLeak } from "./NoLeak.js"

/** A network that computes each image by itself. */
export const plain: Network = {
  name: "plain",
  input: { height: 8, width: 8, channels: 2 },
  classes: 3,
  body: Layers.chain(
    Layers.named("conv", Layers.conv(2, 4)),
    Layers.relu,
    Layers.globalAvgPool,
    Layers.named("fc", Layers.linear(4, 3))
  )
}

export const images = 10

/** The state after one step, the loss and the outputs, of a network on random images. */
export const stepped = (network: Network, options: Partial<Parameters<typeof Step.make>[0]>) =>
  Effect.gen(function* () {
    const { kernels } = yield* Backend
    const optimizer = Optimizer.sgd()
    const { params, state } = Init.init(network, 0)
    const train = TrainState.start({ params: Golden.upload(params), state: Golden.upload(state) }, { optimizer })
    const { height, width, channels } = network.input
    const x = tf.tidy(() => {
      const { data, shape } = Evaluate.noise("images", images, height, width, channels)
      return tf.tensor4d(data, [images, shape[1] ?? 1, shape[2] ?? 1, shape[3] ?? 1])
    })
    const targets = tf.tidy(() => tf.cast(tf.oneHot(tf.range(0, images, 1, "int32"), 3), "float32"))
    const y = tf.tidy(() => tf.tensor2d(targets.dataSync(), [images, 3]))
    const step = Step.make({ network, kernels, loss: Loss.crossEntropy(), optimizer, seed: 0, ...options })
    const { loss, next, outputs } = step(train, x, y, 1)
    const { params: after, state: running } = TrainState.weights(TrainState.download(next))
    TrainState.dispose(train)
    TrainState.dispose(next)
    tf.dispose([x, targets, y])
    return { after, loss, outputs, running }
  }).pipe(assertNoLeak, Effect.provide(backends.tensorflow))
