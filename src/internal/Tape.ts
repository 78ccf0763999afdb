import * as tf from "@tensorflow/tfjs-core"

/** Frees what the gradient tape holds: tfjs forgets to when the function that it differentiates throws. */
export const discard = (): void => {
  const { activeTape, gradientDepth } = tf.engine().state
  if (gradientDepth === 0 && activeTape) {
    for (const { saved } of activeTape) tf.dispose(saved ?? [])
  }
}
