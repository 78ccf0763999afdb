import { assert } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect, Schema } from "effect"
import type { Tensors } from "../../src/model/Tensors.js"
import * as Optimizer from "../../src/train/Optimizer.js"
import type { Transform } from "../../src/train/Transform.js"
import { advance } from "../../src/train/transforms/Joined.js"
import { backends } from "../support/Backends.js"
import { assertClose } from "../support/Close.js"
import * as Golden from "../support/Golden.js"
import { assertNoLeak } from "../support/NoLeak.js"
import * as Ten from "../support/OptimizerGolden.js"
import type { Row } from "./Row.js"

const { adagrad, adam, adamw, chain, lamb, lion, muon, nadam, rmsprop, sgd } = Optimizer
const { clipAdaptive, clipByGlobalNorm, clipByValue } = Optimizer

const check = (body: Effect.Effect<void>): Effect.Effect<void> =>
  body.pipe(assertNoLeak, Effect.provide(backends.tensorflow), Effect.orDie)

const torch = "torch 2.15.0, torch.optim."
const torchNew = "torch 2.15.0, torch."
const timm = "timm 1.0.31, timm."

const Matrix = Schema.Array(Schema.Array(Schema.Number))
const Vector = Schema.Array(Schema.Number)
const Pair = Schema.Tuple([Matrix, Vector])
const Runs = Schema.fromJsonString(
  Schema.Struct({
    w0: Matrix,
    b0: Vector,
    grads: Schema.Array(Pair),
    lr: Vector,
    runs: Schema.Record(Schema.String, Schema.Struct({ path: Schema.Array(Pair) }))
  })
)

/** A linear layer's weight and bias, in PyTorch's layout: these optimizers know no layout. */
const pair = ([w, b]: typeof Pair.Type): Tensors => ({
  w: tf.tensor2d(w.map((row) => [...row])),
  b: tf.tensor1d([...b])
})

const stepsOfFirst = (run: string, optimizer: Transform): Effect.Effect<void> =>
  Effect.gen(function* () {
    const text = new TextDecoder().decode(yield* Golden.bytes("optimizers.json"))
    const golden = yield* Schema.decodeUnknownEffect(Runs)(text)
    tf.tidy(() => {
      let params = pair([golden.w0, golden.b0])
      let slots = optimizer.init(params)
      const path = golden.runs[run]?.path ?? []
      assert.lengthOf(path, 10)
      for (const [step, [w, b]] of path.entries()) {
        const at = { params, step, learningRate: golden.lr[step] ?? 0 }
        ;({ params, slots } = advance(optimizer, pair(golden.grads[step] ?? [[], []]), slots, at))
        assertClose(params.w?.dataSync() ?? [], w.flat(), 1e-5)
        assertClose(params.b?.dataSync() ?? [], b, 1e-5)
      }
    })
  }).pipe(Effect.orDie)

/** Ten steps of test/golden/optimizers.json. */
const first = (name: string, run: string, reference: string, optimizer: Transform): Row => ({
  name,
  source: `${torch}${reference}`,
  reference: "parameters after each of 10 steps, the rate doubled at the sixth",
  tolerance: "1e-5",
  check: check(stepsOfFirst(run, optimizer))
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
  check: check(Effect.map(Ten.load, (golden) => Ten.follow(golden, run, optimizer, paths)))
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
    check: check(
      Effect.sync(() =>
        tf.tidy(() => {
          const steps = 400
          const start = { "fc.weight": tf.tensor2d([2, -3, 0.5, 4], [2, 2]), "fc.bias": tf.tensor1d([2, -3]) }
          let params: Tensors = matrices ? { "fc.weight": start["fc.weight"] } : start
          let slots = optimizer.init(params)
          for (let step = 0; step < steps; step++) {
            const [nextParams, nextSlots] = tf.tidy(() => {
              const gradients = Object.fromEntries(Object.entries(params).map(([path, w]) => [path, tf.sub(w, 1)]))
              const at = { params, step, learningRate: rate * (1 - step / steps) }
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

/** Optimizers, clipping and the decay of weights. */
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
  ...Object.keys(optimizers).map(converges)
]
