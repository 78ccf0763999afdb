import type * as tfjs from "@tensorflow/tfjs"

/** The part of TensorFlow.js that the layers use. */
type TensorFlow = Pick<
  typeof tfjs,
  "add" | "concat" | "conv2d" | "initializers" | "layers" | "maxPool" | "pad" | "serialization" | "split" | "tidy"
>

type Shape = Array<number | null>

/** The data of the layers as `model.json` has it. */
interface GroupedConv2DConfig {
  readonly name: string
  readonly filters: number
  readonly kernelSize: [number, number]
  readonly strides: [number, number]
  readonly padding: "same" | "valid"
  readonly dilationRate: [number, number]
  readonly groups: number
  readonly useBias: boolean
}
interface PaddedMaxPooling2DConfig {
  readonly name: string
  readonly poolSize: number
  readonly strides: number
  readonly padding: number
}

/**
 * Registers the layers of exported models that tf.layers does not have: convolutions in groups, and max pools whose padding is not half of their
 * window. Call it before `tf.loadLayersModel`; models without such layers load without it.
 *
 * It takes TensorFlow.js itself, from the package or as the global `tf` of a script.
 *
 * @category loading
 */
export const register = (tf: TensorFlow): void => {
  class GroupedConv2D extends tf.layers.Layer {
    static readonly className = "GroupedConv2D"
    private kernel: tfjs.layers.Layer["weights"][number] | undefined
    private bias: tfjs.layers.Layer["weights"][number] | undefined

    constructor(private readonly config: GroupedConv2DConfig) {
      super({ name: config.name })
    }

    override build(input: Shape | Array<Shape>): void {
      const { filters, groups, kernelSize, useBias } = this.config
      const shape = [...kernelSize, channelsOf(single(input)) / groups, filters]
      this.kernel = this.addWeight("kernel", shape, "float32", tf.initializers.zeros())
      if (useBias) this.bias = this.addWeight("bias", [filters], "float32", tf.initializers.zeros())
      this.built = true
    }

    override computeOutputShape(input: Shape | Array<Shape>): Shape {
      const { dilationRate, filters, kernelSize, padding, strides } = this.config
      const [n = null, height = null, width = null] = single(input)
      const along = (length: number | null, axis: 0 | 1) => {
        const window = padding === "same" ? 0 : dilationRate[axis] * (kernelSize[axis] - 1)
        return length === null ? null : Math.ceil((length - window) / strides[axis])
      }
      return [n, along(height, 0), along(width, 1), filters]
    }

    override call(inputs: tfjs.Tensor | Array<tfjs.Tensor>): tfjs.Tensor {
      const { dilationRate, groups, padding, strides } = this.config
      return tf.tidy(() => {
        const filters = tf.split(this.kernel!.read(), groups, 3)
        const parts = tf.split(tensorOf(inputs), groups, 3)
        const outputs = parts.map((x, i) =>
          tf.conv2d(images(x), images(filters[i]!), strides, padding, "NHWC", dilationRate)
        )
        const y = tf.concat(outputs, 3)
        return this.bias === undefined ? y : tf.add(y, this.bias.read())
      })
    }

    override getConfig() {
      return { ...super.getConfig(), ...this.config }
    }
  }

  class PaddedMaxPooling2D extends tf.layers.Layer {
    static readonly className = "PaddedMaxPooling2D"

    constructor(private readonly config: PaddedMaxPooling2DConfig) {
      super({ name: config.name })
    }

    override computeOutputShape(input: Shape | Array<Shape>): Shape {
      const { padding, poolSize, strides } = this.config
      const [n = null, height = null, width = null, channels = null] = single(input)
      const along = (length: number | null) =>
        length === null ? null : Math.floor((length + 2 * padding - poolSize) / strides) + 1
      return [n, along(height), along(width), channels]
    }

    override call(inputs: tfjs.Tensor | Array<tfjs.Tensor>): tfjs.Tensor {
      const { padding, poolSize, strides } = this.config
      const p: [number, number] = [padding, padding]
      return tf.tidy(() => {
        const padded = tf.pad(images(tensorOf(inputs)), [[0, 0], p, p, [0, 0]], Number.NEGATIVE_INFINITY)
        return tf.maxPool(padded, poolSize, strides, "valid")
      })
    }

    override getConfig() {
      return { ...super.getConfig(), ...this.config }
    }
  }

  tf.serialization.registerClass(GroupedConv2D)
  tf.serialization.registerClass(PaddedMaxPooling2D)
}

const isMany = (shape: Shape | Array<Shape>): shape is Array<Shape> => Array.isArray(shape[0])

const single = (shape: Shape | Array<Shape>): Shape => (isMany(shape) ? shape[0]! : shape)

const channelsOf = (shape: Shape): number => shape[3] ?? Number.NaN

const tensorOf = (inputs: tfjs.Tensor | Array<tfjs.Tensor>): tfjs.Tensor =>
  Array.isArray(inputs) ? inputs[0]! : inputs

const isImages = (x: tfjs.Tensor): x is tfjs.Tensor4D => x.rank === 4

const images = (x: tfjs.Tensor): tfjs.Tensor4D => {
  if (!isImages(x)) throw new Error(`images [n, height, width, channels] were expected, not a tensor of rank ${x.rank}`)
  return x
}
