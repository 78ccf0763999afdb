import * as tf from "@tensorflow/tfjs-core"

/**
 * Replaces the wasm backend's gradient of max pooling, which loses the gradient of every window without a positive value.
 *
 * In plain JavaScript; the first of equal values gets the gradient, as on the other backends.
 */
export const register = (): void => {
  tf.unregisterKernel(tf.MaxPoolGrad, "wasm")
  tf.registerKernel({
    kernelName: tf.MaxPoolGrad,
    backendName: "wasm",
    kernelFunc: ({ inputs, attrs }) => {
      const x = inputs.input as tf.Tensor4D
      const geometry = tf.backend_util.computePool2DInfo(
        x.shape,
        attrs?.filterSize as [number, number] | number,
        attrs?.strides as [number, number] | number,
        1,
        attrs?.pad as number,
        attrs?.dimRoundingMode as "floor"
      )
      return tf.tensor(gradient(x.dataSync(), (inputs.dy as tf.Tensor4D).dataSync(), geometry), x.shape)
    }
  })
}

const gradient = (x: ArrayLike<number>, dy: ArrayLike<number>, geometry: tf.backend_util.Conv2DInfo): Float32Array => {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, padInfo } = geometry
  const dx = new Float32Array(batchSize * inHeight * inWidth * inChannels)
  let output = 0
  for (let image = 0; image < batchSize; image++) {
    for (let row = 0; row < outHeight; row++) {
      const top = row * geometry.strideHeight - padInfo.top
      const bottom = Math.min(top + geometry.filterHeight, inHeight)
      for (let column = 0; column < outWidth; column++) {
        const left = column * geometry.strideWidth - padInfo.left
        const right = Math.min(left + geometry.filterWidth, inWidth)
        for (let channel = 0; channel < inChannels; channel++) {
          let largest = Number.NEGATIVE_INFINITY
          let position = -1
          for (let r = Math.max(top, 0); r < bottom; r++) {
            for (let c = Math.max(left, 0); c < right; c++) {
              const here = ((image * inHeight + r) * inWidth + c) * inChannels + channel
              if (x[here]! > largest) {
                largest = x[here]!
                position = here
              }
            }
          }
          if (position >= 0) dx[position]! += dy[output]!
          output++
        }
      }
    }
  }
  return dx
}
