import { assert } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import * as ort from "onnxruntime-web"
import { register } from "../../src/browser/index.js"
import * as Random from "../../src/internal/Random.js"
import * as Apply from "../../src/model/Apply.js"
import type { Files } from "../../src/model/export/LayersModel.js"
import * as Layout from "../../src/model/Layout.js"
import type { Network } from "../../src/model/Network.js"
import { rank4 } from "../../src/model/Rank.js"
import { size } from "../../src/model/Shape.js"
import type { HostTensor, HostTensors, Tensors, Weights } from "../../src/model/Tensors.js"
import { Backend } from "../../src/services/backend/Backend.js"
import { context } from "./Context.js"
import { type Host, noise } from "./Evaluate.js"

register(tf)

/** Weights none of which is zero or one, also those that begin so; variances are positive. */
export const weightsOf = (network: Network): Weights<HostTensor> => {
  const weights: Record<"param" | "state", Record<string, HostTensor>> = { param: {}, state: {} }
  for (const { layer, path } of Layout.leaves(Layout.make(network))) {
    for (const { name, role, shape } of layer.parameters) {
      const full = Layout.join(path, name)
      const { uniform } = Random.make(1, full)
      const scale = shape.length > 1 ? Math.sqrt(3 / size(shape.slice(0, -1))) : 0.5
      const value = name === "running_var" ? () => 0.5 + uniform() : () => scale * (2 * uniform() - 1)
      weights[role][full] = { shape, data: Float32Array.from({ length: size(shape) }, value) }
    }
  }
  return { params: weights.param, state: weights.state }
}

/** Images for the network, NHWC. */
export const imagesFor = ({ input }: Network, count: number): Host =>
  noise("images", count, input.height, input.width, input.channels)

const tensors = (host: HostTensors): Tensors =>
  Object.fromEntries(Object.entries(host).map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape])]))

/** What the network itself makes of the images. */
export const logits = (network: Network, weights: Weights<HostTensor>, images: Host) =>
  Effect.map(Backend, ({ kernels }) =>
    tf.tidy(() => {
      const x = rank4(tf.tensor(images.data, [...images.shape]))
      return Apply.apply(network)(
        tensors(weights.params),
        tensors(weights.state),
        x,
        context(kernels, "eval")
      )[0].dataSync<"float32">()
    })
  )

/** What TensorFlow.js makes of them with the exported model, on the backend in use. */
export const layersLogits = (files: Files, images: Host): Effect.Effect<Float32Array, never, Backend> =>
  Effect.gen(function* () {
    yield* Backend
    const model = yield* Effect.promise(() =>
      tf.loadLayersModel("http://model/model.json", { fetchFunc: fetchFrom(files) })
    )
    const data = tf.tidy(() =>
      [model.predict(tf.tensor(images.data, [...images.shape]))].flat()[0]!.dataSync<"float32">()
    )
    model.dispose()
    return data
  })

/** Answers as a server with these files does. */
const fetchFrom =
  (files: Files): typeof fetch =>
  async (request) => {
    const name = String(request).split("/").at(-1)
    const [, content] = files.find(([file]) => file === name) ?? []
    return content === undefined
      ? new Response(null, { status: 404 })
      : new Response(typeof content === "string" ? content : new Uint8Array(content))
  }

const nchw = ({ data, shape }: Host): Host => {
  const [n, h, w, c] = [shape[0]!, shape[1]!, shape[2]!, shape[3]!]
  const result = new Float32Array(data.length)
  for (let i = 0; i < n; i++)
    for (let pixel = 0; pixel < h * w; pixel++)
      for (let channel = 0; channel < c; channel++)
        result[(i * c + channel) * h * w + pixel] = data[(i * h * w + pixel) * c + channel]!
  return { shape: [n, c, h, w], data: result }
}

/** What ONNX Runtime makes of them with the exported model. */
export const onnxLogits = (model: Uint8Array, images: Host): Effect.Effect<Float32Array> =>
  Effect.promise(async () => {
    ort.env.wasm.numThreads = 1
    const session = await ort.InferenceSession.create(model)
    const { data, shape } = nchw(images)
    const { logits } = await session.run({ images: new ort.Tensor("float32", data, shape) })
    const result = await logits!.getData()
    await session.release()
    assert.instanceOf(result, Float32Array)
    return result
  })
