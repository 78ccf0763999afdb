import * as tf from "@tensorflow/tfjs-core"
import * as Random from "../../../internal/Random.js"
import type { Window } from "../../../model/Kernels.js"
import { conv } from "../../../model/Layers.js"
import * as Layout from "../../../model/Layout.js"
import { size } from "../../../model/Shape.js"
import { type Case, sums, tensor } from "./Case.js"
import { outputShape, convolution as reference } from "./Float64Convolution.js"
import { noise } from "./Values.js"

interface Shapes extends Window {
  /** Images, height and width. */
  readonly images: readonly [n: number, height: number, width: number]
  readonly window: number
  /** Channels, in all groups together. */
  readonly inputs: number
  readonly outputs: number
  readonly groups?: number
  readonly dilation?: number
}

/** A convolution as the layer does it, and both its gradients. */
export const convolution = (shapes: Shapes): Case => {
  const { dilation = 1, groups = 1, images, inputs, outputs, padding, stride, window } = shapes
  const options = { kernel: window, stride, padding, groups, dilation, bias: false }
  const layout = Layout.make({ body: conv(inputs, outputs, options) })
  const x = noise("x", [...images, inputs])
  const filter = noise("filter", [window, window, inputs / groups, outputs])
  const dy = noise("dy", outputShape(x.shape, filter.shape, options))
  return {
    name: [
      `convolution ${window}x${window} of ${images.join("x")}`,
      `${inputs} to ${outputs} channels`,
      ...(groups === 1 ? [] : [`${groups} groups`]),
      `stride ${stride}`,
      `padding ${padding}`,
      ...(dilation === 1 ? [] : [`dilation ${dilation}`])
    ].join(", "),
    inputs: [x, filter],
    compute: (kernels, [x, filter]) => {
      const apply = (x: tf.Tensor, weight: tf.Tensor) =>
        Layout.leaves(layout).reduce((x, { layer }) => layer.apply(x, { weight }, { kernels, mode: "eval" })[0], x)
      return [apply(x!, filter!), ...tf.grads(apply)([x!, filter!], tensor(dy))]
    },
    expected: () => {
      const taps = window * window
      const { dFilter, dx, y } = reference(x, filter, dy, options)
      return [
        sums("output", y, (taps * inputs) / groups),
        sums("gradient by the images", dx, (taps * outputs) / groups),
        sums("gradient by the filter", dFilter, size(dy.shape) / outputs)
      ]
    }
  }
}

type Geometry = readonly [window: number, stride: number, padding: number]

const geometries = (windows: ReadonlyArray<number>, strides: ReadonlyArray<number>): ReadonlyArray<Geometry> =>
  windows.flatMap((window) =>
    strides.flatMap((stride) =>
      [...new Set([0, Math.floor(window / 2), window - 1])].map((padding): Geometry => [window, stride, padding])
    )
  )

/** Images of different sizes, odd and even, each large enough for a window of 7 to fall on several places. */
const imagesOf = ({ below }: Random.Generator): Shapes["images"] => [1 + below(3), 7 + below(6), 7 + below(6)]

const upTo = (last: number): ReadonlyArray<number> => Array.from({ length: last }, (_, i) => i + 1)

/** Channels around the lengths of vectors, 4, 8 and 16 numbers, and their multiples. */
const channels = [1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 24, 31, 32, 33]

const wide: ReadonlyArray<readonly [inputs: number, outputs: number]> = [
  [3, 64],
  [48, 16],
  [64, 64],
  [16, 48],
  [65, 33],
  [128, 32],
  [33, 65],
  [64, 3],
  [32, 128],
  [8, 96]
]

/** Groups, and channels of each that go in and come out; one that goes in makes it depthwise. */
const grouped: ReadonlyArray<readonly [groups: number, inputs: number, outputs: number]> = [
  [2, 1, 1],
  [3, 1, 1],
  [8, 1, 1],
  [15, 1, 1],
  [16, 1, 1],
  [33, 1, 1],
  [64, 1, 1],
  [4, 1, 2],
  [17, 1, 3],
  [2, 2, 3],
  [3, 3, 2],
  [4, 4, 4],
  [2, 7, 9],
  [2, 8, 8],
  [3, 8, 16],
  [5, 9, 7],
  [2, 16, 16],
  [4, 16, 8],
  [2, 17, 15],
  [32, 4, 4]
]

const inGroups = ([window, stride, padding]: Geometry, [groups, inputs, outputs]: (typeof grouped)[number]) =>
  convolution({
    images: imagesOf(Random.make(0, "kernels", "grouped", window, stride, padding, groups)),
    window,
    stride,
    padding,
    groups,
    inputs: groups * inputs,
    outputs: groups * outputs
  })

/** Every window, stride and padding, with every number of channels up to 33 going in; what else a convolution has is drawn. */
export const all = (): ReadonlyArray<Case> => [
  ...geometries(upTo(7), upTo(3)).flatMap((geometry) => {
    const [window, stride, padding] = geometry
    return upTo(33).map((inputs) => {
      const random = Random.make(0, "kernels", "convolution", ...geometry, inputs)
      const outputs = channels[random.below(channels.length)]!
      return convolution({ images: imagesOf(random), window, stride, padding, inputs, outputs })
    })
  }),
  ...geometries(upTo(7), upTo(3)).flatMap(([window, stride, padding], i) =>
    [0, 1].map((second) => {
      const [inputs, outputs] = wide[(2 * i + second) % wide.length]!
      return convolution({ images: [2, 9, 8], window, stride, padding, inputs, outputs })
    })
  ),
  ...geometries([1, 2, 3, 5, 7], upTo(3)).flatMap((geometry, i) =>
    grouped.filter((_, j) => (i + j) % 2 === 0).map((groups) => inGroups(geometry, groups))
  ),
  ...[2, 3].flatMap((dilation) =>
    channels.map((inputs) =>
      convolution({
        images: [2, 9, 8],
        window: 3,
        stride: 1 + (inputs % 2),
        padding: dilation,
        inputs,
        outputs: 5,
        dilation
      })
    )
  ),
  // As large as those of real networks, where more threads share the work.
  convolution({ images: [8, 32, 32], window: 3, stride: 1, padding: 1, inputs: 16, outputs: 16 }),
  convolution({ images: [4, 32, 32], window: 3, stride: 2, padding: 1, inputs: 24, outputs: 64 }),
  convolution({ images: [64, 31, 31], window: 2, stride: 1, padding: 0, inputs: 3, outputs: 24 }),
  convolution({ images: [16, 16, 16], window: 1, stride: 2, padding: 0, inputs: 64, outputs: 128 })
]

/** A few of each sort, in about a second. */
export const short = (): ReadonlyArray<Case> => [
  ...[
    [1, 1, 0],
    [1, 2, 0],
    [1, 3, 1],
    [2, 1, 0],
    [3, 1, 1],
    [3, 2, 1],
    [5, 2, 2],
    [7, 2, 3]
  ].flatMap(([window = 1, stride = 1, padding = 0]) =>
    [1, 3, 7, 8, 9, 16, 17, 33].map((inputs, i) =>
      convolution({
        images: imagesOf(Random.make(0, "kernels", "short", window, stride, inputs)),
        window,
        stride,
        padding,

        inputs,
        outputs: [8, 16, 33, 4, 15, 32, 1, 24][(i + window) % 8]!
      })
    )
  ),
  ...grouped.filter((_, i) => i % 4 === 1).map((groups) => inGroups([3, 2, 1], groups)),
  convolution({ images: [2, 9, 8], window: 3, stride: 1, padding: 2, inputs: 7, outputs: 9, dilation: 2 })
]
