import { assert } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import * as ResNet from "../../src/model/families/ResNet.js"
import * as Init from "../../src/model/Init.js"
import type { Kernels } from "../../src/model/Kernels.js"
import type { Tensors } from "../../src/model/Tensors.js"
import { Backend } from "../../src/services/backend/Backend.js"
import * as Average from "../../src/train/Average.js"
import * as Optimizer from "../../src/train/Optimizer.js"
import { type Sharpness, sharpnessAware } from "../../src/train/StepGradients.js"
import { mapTensors, type Transform, tensorAt } from "../../src/train/Transform.js"
import { advance } from "../../src/train/transforms/Joined.js"
import { backends } from "../support/Backends.js"
import { assertClose } from "../support/Close.js"
import { assertNoLeak } from "../support/NoLeak.js"
import * as Ten from "../support/OptimizerGolden.js"
import { takesSteps } from "../support/OptimizerRuns.js"
import { plain, stepped } from "../support/Stepped.js"
import type { Row } from "./Row.js"

const { adagrad, adam, adamw, chain, lamb, lion, muon, nadam, rmsprop, sgd } = Optimizer
const { clipAdaptive, clipByGlobalNorm, clipByValue } = Optimizer

/** With formulas that the backend compiles, and with tfjs's operations. */
const check = (body: (kernels: Kernels) => Effect.Effect<void>): Effect.Effect<void> =>
  Effect.forEach(
    [backends.tensorflow, backends["tensorflow's own kernels"]],
    (layer) =>
      Effect.flatMap(Backend, ({ kernels }) => body(kernels)).pipe(assertNoLeak, Effect.provide(layer), Effect.orDie),
    { discard: true }
  )

const torch = "torch 2.15.0, torch.optim."
const torchNew = "torch 2.15.0, torch."
const timm = "timm 1.0.31, timm."

/** Ten steps of test/golden/optimizers.json. */
const first = (name: string, run: string, reference: string, optimizer: Transform): Row => ({
  name,
  source: `${torch}${reference}`,
  reference: "parameters after each of 10 steps, the rate doubled at the sixth",
  tolerance: "1e-5",
  check: check((kernels) => takesSteps(run, optimizer, 1e-5, kernels))
})

/** Ten steps of test/golden/optimizers-more.json: a kernel, a matrix and a bias. */
const more = (
  name: string,
  run: string,
  source: string,
  optimizer: Transform,
  paths?: (path: string) => boolean
): Row => ({
  name,
  source,
  reference: "parameters after each of 10 steps, the rate doubled at the sixth",
  tolerance: "1e-5",
  check: check((kernels) => Effect.map(Ten.load, (golden) => Ten.follow(golden, run, optimizer, kernels, paths)))
})

const isMatrix = (path: string) => path.endsWith(".weight")
const momentum = sgd({ momentum: 0.9 })

/** Every optimizer, by name, with a rate at which it converges on a quadratic; Muon takes matrices only. */
export const optimizers: Readonly<
  Record<string, { readonly optimizer: Transform; readonly rate: number; readonly matrices?: boolean }>
> = {
  sgd: { optimizer: sgd(), rate: 0.1 },
  "sgd with Nesterov momentum": { optimizer: sgd({ momentum: 0.9, nesterov: true }), rate: 0.1 },
  adam: { optimizer: adam(), rate: 0.1 },
  adamw: { optimizer: adamw({ weightDecay: 0 }), rate: 0.1 },
  nadam: { optimizer: nadam(), rate: 0.1 },
  rmsprop: { optimizer: rmsprop(), rate: 0.03 },
  adagrad: { optimizer: adagrad(), rate: 0.5 },
  lamb: { optimizer: lamb({ weightDecay: 1e-9 }), rate: 0.03 },
  lion: { optimizer: lion(), rate: 0.1 },
  muon: { optimizer: muon({ weightDecay: 0 }), rate: 0.1, matrices: true },
  "clipped by value": { optimizer: chain(clipByValue(0.5), momentum), rate: 0.1 },
  "clipped by norm": { optimizer: chain(clipByGlobalNorm(1), momentum), rate: 0.1 },
  "clipped adaptively": { optimizer: chain(clipAdaptive({ factor: 0.1 }), momentum), rate: 0.1 }
}

/** 400 steps with a rate that falls to zero in a line: a sign and an orthogonal matrix never become small by themselves. */
const converges = (name: string): Row => {
  const { matrices = false, optimizer, rate } = optimizers[name] ?? assert.fail(name)
  return {
    name: `${name}, a quadratic`,
    source: "its minimum",
    reference: "1, after 400 steps with a rate that falls to 0",
    tolerance: "1e-2",
    check: check((kernels) =>
      Effect.sync(() =>
        tf.tidy(() => {
          const steps = 400
          const start = { "fc.weight": tf.tensor2d([2, -3, 0.5, 4], [2, 2]), "fc.bias": tf.tensor1d([2, -3]) }
          let params: Tensors = matrices ? { "fc.weight": start["fc.weight"] } : start
          let slots = optimizer.init(params)
          for (let step = 0; step < steps; step++) {
            const [nextParams, nextSlots] = tf.tidy(() => {
              const gradients = Object.fromEntries(Object.entries(params).map(([path, w]) => [path, tf.sub(w, 1)]))
              const at = { params, step, learningRate: rate * (1 - step / steps), kernels }
              const next = advance(optimizer, gradients, slots, at)
              return [{ ...next.params }, { ...next.slots }] as const satisfies tf.TensorContainer
            })
            params = nextParams
            slots = nextSlots
          }
          for (const value of Object.values(params)) {
            assertClose(
              value.dataSync(),
              Array.from({ length: value.size }, () => 1),
              1e-2
            )
          }
        })
      )
    )
  }
}

/** SAM around SGD with momentum; the gradient at w is w^3 - target. */
const sharp = (name: string, run: string, sam: Sharpness): Row => ({
  name,
  source: "davda54/sam by hand in make_optimizers.py, torch 2.15.0",
  reference: "parameters after each of 10 steps, the rate doubled at the sixth",
  tolerance: "1e-5",
  check: check((kernels) =>
    Effect.map(Ten.load, (golden) =>
      tf.tidy(() => {
        let params = Ten.tensors(golden, golden.start)
        let slots = momentum.init(params)
        const target = Ten.tensors(golden, golden.target)
        const compute = (values: Tensors) => ({
          loss: tf.scalar(0),
          gradients: mapTensors(values, (w, path) => tf.sub(tf.mul(w, tf.mul(w, w)), tensorAt(target, path))),
          kept: { state: {}, outputs: tf.zeros([0]) }
        })
        for (const [step, learningRate] of golden.rates.entries()) {
          const { gradients } = sharpnessAware(compute, params, sam)
          ;({ params, slots } = advance(momentum, gradients, slots, { params, step, learningRate, kernels }))
          Ten.assertTensors(params, golden.runs[run]?.[step])
        }
      })
    )
  )
})

/** The averages of ten sets of weights, half of them as parameters and half as running statistics. */
const averaged = (name: string, run: string, source: string, average: Average.Average, perEpoch = 10): Row => ({
  name,
  source,
  reference: "averages after each of 10 updates of the weights",
  tolerance: "1e-5",
  check: check((kernels) =>
    Effect.map(Ten.load, (golden) =>
      tf.tidy(() => {
        let groups: Average.AverageGroups = {}
        for (const [step, values] of golden.gradients.entries()) {
          const { "fc.bias": bias, ...params } = Ten.tensors(golden, values)
          const weights = { params, state: bias === undefined ? {} : { "fc.bias": bias } }
          const advanced = Average.advance(
            average,
            groups,
            weights,
            { stepsDone: step + 1, perEpoch, total: 10 },
            kernels
          )
          groups = advanced.groups
          assert.strictEqual(advanced.weights, weights)
          const now = Average.weightsOf(groups)
          if (now !== undefined) Ten.assertTensors({ ...now.params, ...now.state }, golden.runs[run]?.[step])
        }
        assert.isDefined(Average.weightsOf(groups))
      })
    )
  )
})

const lookahead: Row = {
  name: "lookahead",
  source: `${timm}optim.Lookahead, whose slow weights are made the initial ones`,
  reference: "slow and trained weights after each of 10 steps of SGD",
  tolerance: "1e-5",
  check: check((kernels) =>
    Effect.map(Ten.load, (golden) =>
      tf.tidy(() => {
        const average = Average.lookahead({ every: 3, decay: 0.6 })
        let params = Ten.tensors(golden, golden.start)
        let slots = momentum.init(params)
        let groups = Average.start(average, { params, state: {} })
        for (const [step, rate] of golden.rates.entries()) {
          const gradients = Ten.tensors(golden, golden.gradients[step] ?? {})
          const stepped = advance(momentum, gradients, slots, { params, step, learningRate: 10 * rate, kernels })
          slots = stepped.slots
          const at = { stepsDone: step + 1, perEpoch: 10, total: 10 }
          const advanced = Average.advance(average, groups, { params: stepped.params, state: {} }, at, kernels)
          params = advanced.weights.params
          groups = advanced.groups
          Ten.assertTensors(params, golden.runs.lookahead_fast?.[step])
          // timm lists the slow weights from the first synchronisation on as they were made; ours are there from the start.
          Ten.assertTensors(Average.weightsOf(groups)?.params ?? {}, golden.runs.lookahead_slow?.[step])
        }
      })
    )
  )
}

const airbenchDecays: Row = {
  name: "lookahead, decay, power",
  source: "KellerJordan/cifar10-airbench, airbench94.py, alpha_schedule",
  reference: "0.95^5 (step / total)^3 at every fifth step",
  tolerance: "1e-12",
  check: Effect.sync(() => {
    const { decay } = Average.lookahead({ every: 5, decay: 0.95 ** 5, power: 3 })
    for (let stepsDone = 1; stepsDone <= 476; stepsDone++) {
      const expected = stepsDone % 5 === 0 ? 0.95 ** 5 * (stepsDone / 476) ** 3 : undefined
      const actual = decay({ stepsDone, updates: 0, perEpoch: 48, total: 476 })
      if (expected === undefined) assert.isUndefined(actual)
      else assert.closeTo(actual ?? Number.NaN, expected, 1e-12)
    }
  })
}

const layerDecay: Row = {
  name: "layerwiseDecay",
  source: `${timm}optim.param_groups_layer_decay`,
  reference: "the factor of the rate of each of the 62 parameters of a ResNet-18",
  tolerance: "exact",
  check: Effect.gen(function* () {
    const { layer_decay } = yield* Ten.load
    const network = ResNet.make(ResNet.variants.resnet18, {
      input: { height: 32, width: 32, channels: 3 },
      classes: 10
    })
    const recorded = JSON.stringify(Optimizer.layerwiseDecay(network, 0.75, sgd()).spec)
    const paths = Object.keys(Init.init(network, 0).params)
    assert.sameMembers(paths, Object.keys(layer_decay))
    assert.include(recorded, JSON.stringify(Object.fromEntries(paths.map((path) => [path, layer_decay[path]]))))
  })
}

const microBatch: Row = {
  name: "microBatch",
  source: "the whole batch of 10 images at once",
  reference: "loss, outputs and parameters after a step in pieces of 3",
  tolerance: "1e-5",
  check: Effect.gen(function* () {
    const [whole, pieces] = [yield* stepped(plain, {}), yield* stepped(plain, { microBatch: 3 })]
    assertClose([pieces.loss, ...pieces.outputs], [whole.loss, ...whole.outputs], 1e-5)
    for (const [path, { data }] of Object.entries(whole.after)) assertClose(pieces.after[path]?.data ?? [], data, 1e-5)
  }).pipe(Effect.orDie)
}

/** Optimizers, clipping, the decay of weights and of rates, SAM, batches in pieces and averages. */
export const rows: ReadonlyArray<Row> = [
  first("sgd", "sgd", "SGD", sgd()),
  first("sgd, momentum", "sgd_momentum", "SGD", momentum),
  first("sgd, momentum, weightDecay", "sgd_momentum_wd", "SGD", sgd({ momentum: 0.9, weightDecay: 0.1 })),
  first("sgd, nesterov", "sgd_nesterov_wd", "SGD", sgd({ momentum: 0.9, nesterov: true, weightDecay: 0.05 })),
  first("adam", "adam", "Adam", adam()),
  first("adam, betas, epsilon", "adam_betas_eps", "Adam", adam({ betas: [0.8, 0.95], epsilon: 1e-6 })),
  first("adamw, weightDecay", "adamw", "AdamW", adamw({ weightDecay: 0.1 })),
  first("rmsprop", "rmsprop", "RMSprop", rmsprop()),
  first("rmsprop, momentum, decay", "rmsprop_momentum", "RMSprop", rmsprop({ momentum: 0.9, decay: 0.9 })),
  first("adagrad", "adagrad", "Adagrad", adagrad()),
  more("adam, weightDecay", "adam_wd", `${torchNew}optim.Adam`, adam({ weightDecay: 0.1 })),
  more(
    'adamw, decayed: "weights"',
    "adamw_masked",
    `${torchNew}optim.AdamW with groups`,
    adamw({ weightDecay: 0.5, decayed: "weights" })
  ),
  more(
    'sgd, decayed: "weights"',
    "sgd_masked",
    `${torchNew}optim.SGD with groups`,
    sgd({ momentum: 0.9, weightDecay: 0.5, decayed: "weights" })
  ),
  more("nadam", "nadam", `${torchNew}optim.NAdam`, nadam()),
  more(
    "nadam, weightDecay, momentumDecay",
    "nadamw",
    `${torchNew}optim.NAdam, decoupled_weight_decay`,
    nadam({ weightDecay: 0.1, momentumDecay: 0.04 })
  ),
  more(
    "rmsprop, centered, weightDecay",
    "rmsprop_centered_wd",
    `${torchNew}optim.RMSprop`,
    rmsprop({ centered: true, weightDecay: 0.1, momentum: 0.9 })
  ),
  more(
    "adagrad, weightDecay, initialSum",
    "adagrad_wd",
    `${torchNew}optim.Adagrad`,
    adagrad({ weightDecay: 0.1, initialSum: 0.1 })
  ),
  more("lamb", "lamb", `${timm}optim.Lamb`, lamb()),
  more(
    'lamb, clip, decayed: "weights"',
    "lamb_masked",
    `${timm}optim.Lamb with groups, max_grad_norm=None`,
    lamb({ weightDecay: 0.1, decayed: "weights", clip: Number.POSITIVE_INFINITY })
  ),
  more("lion", "lion", `${timm}optim.Lion`, lion()),
  more("lion, betas, weightDecay", "lion_wd", `${timm}optim.Lion`, lion({ betas: [0.95, 0.98], weightDecay: 0.1 })),
  more("muon", "muon", `${torchNew}optim.Muon in float32`, muon(), isMatrix),
  more(
    'muon, scale: "adamw", rounds, nesterov',
    "muon_match_rms",
    `${torchNew}optim.Muon in float32, match_rms_adamw`,
    muon({ scale: "adamw", nesterov: false, momentum: 0.9, rounds: 3 }),
    isMatrix
  ),
  more(
    "muon, renormalized",
    "muon_airbench",
    "KellerJordan/cifar10-airbench, airbench94_muon.py, in float32",
    muon({ momentum: 0.6, rounds: 3, scale: "none", weightDecay: 0, renormalized: true }),
    isMatrix
  ),
  more("clipByValue", "clip_value", `${torchNew}nn.utils.clip_grad_value_`, chain(clipByValue(0.5), momentum)),
  more("clipByGlobalNorm", "clip_norm", `${torchNew}nn.utils.clip_grad_norm_`, chain(clipByGlobalNorm(1), momentum)),
  more(
    "clipByGlobalNorm, below the limit",
    "clip_norm_large",
    `${torchNew}nn.utils.clip_grad_norm_`,
    chain(clipByGlobalNorm(100), momentum)
  ),
  more(
    "clipAdaptive",
    "clip_adaptive",
    `${timm}utils.agc.adaptive_clip_grad`,
    chain(clipAdaptive({ factor: 0.5 }), momentum)
  ),
  sharp("sam", "sam", { rho: 0.05, adaptive: false }),
  sharp("sam, adaptive", "asam", { rho: 0.5, adaptive: true }),
  averaged("ema", "ema", `${torchNew}optim.swa_utils, get_ema_multi_avg_fn`, Average.ema({ decay: 0.9 })),
  averaged(
    "ema, every",
    "ema_every",
    `${torchNew}optim.swa_utils, get_ema_multi_avg_fn`,
    Average.ema({ decay: 0.6, every: 2 })
  ),
  averaged("ema, warmup", "ema_warmup", `${timm}utils.ModelEmaV3`, Average.ema({ decay: 0.7, warmup: true })),
  averaged("swa", "swa", `${torchNew}optim.swa_utils.AveragedModel`, Average.swa({ afterEpochs: 1 }), 2),
  lookahead,
  airbenchDecays,
  layerDecay,
  microBatch,
  ...Object.keys(optimizers).map(converges)
]
