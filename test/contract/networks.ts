import { readFileSync } from "node:fs"
import { assert } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect, Result, Schema } from "effect"
import * as Apply from "../../src/model/Apply.js"
import * as OnnxModel from "../../src/model/export/OnnxModel.js"
import * as CifarPreResNet from "../../src/model/families/CifarPreResNet.js"
import * as CifarResNet from "../../src/model/families/CifarResNet.js"
import * as ResNet from "../../src/model/families/ResNet.js"
import * as WideResNet from "../../src/model/families/WideResNet.js"
import type { Network } from "../../src/model/Network.js"
import * as Summary from "../../src/model/Summary.js"
import type { HostTensors } from "../../src/model/Tensors.js"
import * as Weights from "../../src/model/weights/Weights.js"
import { Backend } from "../../src/services/backend/Backend.js"
import * as Loss from "../../src/train/Loss.js"
import * as Optimizer from "../../src/train/Optimizer.js"
import * as Step from "../../src/train/Step.js"
import * as TrainState from "../../src/train/TrainState.js"
import { assertClose } from "../support/Close.js"
import { onnxLogits } from "../support/Exported.js"
import * as Golden from "../support/Golden.js"
import * as HashedWeights from "../support/HashedWeights.js"
import type { Row } from "./Row.js"

const Numbers = Schema.Array(Schema.Number)
const Reference = Schema.Struct({
  source: Schema.String,
  networks: Schema.Record(
    Schema.Literals(["resnet18", "resnet50", "wide_resnet50_2"]),
    Schema.Struct({
      parameters: Schema.Int,
      logits: Schema.Array(Numbers),
      logitsNorm: Schema.Number,
      features: Numbers,
      featuresNorm: Schema.Number,
      loss: Schema.Number,
      changes: Schema.Record(Schema.String, Numbers),
      runningNorms: Schema.Struct({ running_mean: Schema.Number, running_var: Schema.Number })
    })
  )
})
const golden = Schema.decodeUnknownSync(Schema.fromJsonString(Reference))(
  readFileSync(new URL("../golden/imagenet.json", import.meta.url), "utf8")
)
type Name = keyof typeof golden.networks

const [count, side, classes, rate] = [2, 224, [7, 900], 0.1]

const norm = (values: Iterable<number>): number => {
  let sum = 0
  for (const value of values) sum += value * value
  return Math.sqrt(sum)
}

const pixels = () => tf.tensor4d(HashedWeights.images(count, side), [count, side, side, 3])

const built = (name: Name) => {
  const network = ResNet.make(ResNet.variants[name])
  return { network, weights: Result.getOrThrow(Weights.fromTorch(network, HashedWeights.weights(network))) }
}

const assertLogits = (name: Name, logits: Float32Array): void => {
  const { logits: rows, logitsNorm } = golden.networks[name]
  for (const [image, row] of rows.entries()) {
    assertClose(logits.slice(image * 1000, image * 1000 + row.length), row, 1e-4)
  }
  assertClose([norm(logits)], [logitsNorm], 1e-4)
}

const evaluated = (name: Name): Row => ({
  name: `${name} at 224 px, evaluation`,
  source: golden.source,
  reference: `logits of norm ${golden.networks[name].logitsNorm.toFixed(3)}, pooled features of norm ${golden.networks[name].featuresNorm.toFixed(3)}`,
  tolerance: "1e-4 of the largest",
  check: Effect.gen(function* () {
    const { kernels } = yield* Backend
    const { network, weights } = built(name)
    const { featuresNorm, features: expected } = golden.networks[name]
    const compute = Result.getOrThrow(Apply.features(network, "avgpool"))
    const [logits, features] = tf.tidy(() => {
      const [params, state] = [Golden.upload(weights.params), Golden.upload(weights.state)]
      const [logits] = Apply.apply(network)(params, state, pixels(), { kernels, mode: "eval" })
      return [logits.dataSync<"float32">(), compute(params, state, pixels(), kernels).dataSync<"float32">()]
    })
    assertLogits(name, logits)
    assertClose(features.slice(0, expected.length), expected, 1e-4)
    assertClose([norm(features)], [featuresNorm], 1e-4)
  }).pipe(Effect.provide(Backend.layerTensorFlow()), Effect.orDie)
})

/**
 * Of the largest change. Rounding moves values near zero across the kink of a ReLU: over ResNet-50's 49 of them, a step of PyTorch's in float32 is itself up to
 * 3e-3 away from the one in float64, and a step of ours with Winograd's algorithm over ResNet-18's 17 of them up to 6e-3.
 */
const stepTolerance = (name: Name, kernels: TensorFlowKernels): number =>
  name === "resnet18" && kernels === "tensorflow" ? 1e-3 : 1e-2

type TensorFlowKernels = "auto" | "tensorflow"

const stepped = (name: Name, which: TensorFlowKernels = "auto"): Row => ({
  name: `${name} at 224 px, one step of SGD${which === "auto" ? "" : ", on TensorFlow's own kernels"}`,
  source: golden.source,
  reference: `loss ${golden.networks[name].loss.toFixed(5)}, the change of six parameters, running statistics`,
  tolerance: `${stepTolerance(name, which) === 1e-3 ? "1e-3" : "1e-2"} of the largest${name === "resnet18" ? "" : "; PyTorch's own float32: 3e-3"}`,
  check: Effect.gen(function* () {
    const { kernels } = yield* Backend
    const { network, weights } = built(name)
    const { changes, loss, runningNorms } = golden.networks[name]
    const optimizer = Optimizer.sgd({ momentum: 0.9, weightDecay: 1e-4 })
    const step = Step.make({ network, kernels, loss: Loss.crossEntropy(), optimizer, seed: 0 })
    const before = HashedWeights.weights(network)
    let after: { readonly params: HostTensors; readonly state: HostTensors } = { params: {}, state: {} }
    tf.tidy(() => {
      const given = { params: Golden.upload(weights.params), state: Golden.upload(weights.state) }
      const train = TrainState.make(0, given, optimizer.init(given.params))
      const targets = tf.oneHot(tf.tensor1d([...classes], "int32"), 1000).toFloat() as tf.Tensor2D
      const result = step(train, pixels(), targets, rate)
      assertClose([result.loss], [loss], 1e-4)
      const { params, state } = TrainState.weights(result.next)
      after = { params: Golden.download(params), state: Golden.download(state) }
    })
    const stored = Result.getOrThrow(Weights.toTorch(network, after))
    for (const [path, expected] of Object.entries(changes)) {
      const [old, changed] = [before[path]!.data, stored[path]!.data]
      const change = expected.map((_, i) => (Number(changed[i]) - Number(old[i])) / -rate)
      assertClose(change, expected, stepTolerance(name, which))
    }
    for (const kind of ["running_mean", "running_var"] as const) {
      const all = Object.entries(after.state).flatMap(([path, { data }]) => (path.endsWith(kind) ? [norm(data)] : []))
      assertClose([norm(all)], [runningNorms[kind]], 1e-4)
    }
  }).pipe(Effect.provide(Backend.layerTensorFlow({ kernels: which })), Effect.orDie)
})

const onnx: Row = {
  name: "resnet50 at 224 px as ONNX, computed by ONNX Runtime",
  source: `${golden.source}; onnxruntime-web 1.30.0`,
  reference: `logits of norm ${golden.networks.resnet50.logitsNorm.toFixed(3)}`,
  tolerance: "1e-4 of the largest",
  check: Effect.gen(function* () {
    const { network, weights } = built("resnet50")
    const model = yield* Effect.fromResult(OnnxModel.make(network, weights))
    const images = { shape: [count, side, side, 3], data: HashedWeights.images(count, side) }
    assertLogits("resnet50", yield* onnxLogits(model, images))
  }).pipe(Effect.orDie)
}

const parameters = (network: Network, expected: number, source: string): Row => ({
  name: network.name,
  source,
  reference: `${expected.toLocaleString("en-US")} parameters`,
  tolerance: "exact",
  check: Effect.sync(() => {
    assert.strictEqual(Result.getOrThrow(Summary.summarize(network)).parameters, expected)
  })
})

const akamaster = "akamaster/pytorch_resnet_cifar10, counted in the checkpoints"
const torchvision = "torchvision 0.29.2, num_params of the weights' metadata"

/** Every family of networks that others publish, beside theirs. */
export const rows: ReadonlyArray<Row> = [
  parameters(CifarResNet.resnet20(), 269_722, akamaster),
  parameters(CifarResNet.make({ blocks: 9 }), 853_018, akamaster),
  parameters(
    CifarPreResNet.make({ blocks: 18, block: "bottleneck" }),
    1_703_258,
    "He et al. 2016, arXiv:1603.05027, table 2: 1.7 M"
  ),
  parameters(WideResNet.make({ blocks: 4, width: 10 }), 36_479_194, "Zagoruyko and Komodakis 2016, table 5: 36.5 M"),
  parameters(ResNet.resnet18(), 11_689_512, torchvision),
  parameters(ResNet.resnet34(), 21_797_672, torchvision),
  parameters(ResNet.resnet50(), 25_557_032, torchvision),
  parameters(ResNet.resnet101(), 44_549_160, torchvision),
  parameters(ResNet.resnet152(), 60_192_808, torchvision),
  parameters(ResNet.wideResnet50(), 68_883_240, torchvision),
  parameters(ResNet.wideResnet101(), 126_886_696, torchvision),
  evaluated("resnet18"),
  evaluated("resnet50"),
  evaluated("wide_resnet50_2"),
  stepped("resnet18"),
  stepped("resnet18", "tensorflow"),
  stepped("resnet50"),
  stepped("wide_resnet50_2"),
  onnx
]
