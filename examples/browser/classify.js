// What a page needs to use an exported network: TensorFlow.js as the global `tf`, and nothing of ours.

/** Loads the model and what `export` wrote in addition to its weights: class names, and the mean and deviation of the training pixels. */
export const load = async (url) => {
  const model = await tf.loadLayersModel(url)
  const [, height, width, channels] = model.inputs[0].shape
  return { model, height, width, channels, ...model.getUserDefinedMetadata() }
}

/** The middle of the image, as large as the network takes it. */
export const draw = (network, image, canvas) => {
  const { height, width } = network
  const scale = Math.max(width / image.width, height / image.height)
  const [w, h] = [image.width * scale, image.height * scale]
  Object.assign(canvas, { width, height })
  const context = canvas.getContext("2d", { willReadFrequently: true })
  context.imageSmoothingQuality = "high"
  context.drawImage(image, (width - w) / 2, (height - h) / 2, w, h)
}

/** The network's logits for what is on the canvas. */
export const predict = async ({ model, channels, mean, deviation }, canvas) => {
  const y = tf.tidy(() => {
    const pixels = tf.browser.fromPixels(canvas, 3).toFloat().div(255)
    const image = channels === 1 ? pixels.mean(2, true) : pixels
    return model.predict(image.sub(mean).div(deviation).expandDims(0))
  })
  const values = Array.from(await y.data())
  y.dispose()
  return values
}

/** Classes with their probabilities, the likeliest first. */
export const ranking = ({ classNames }, logits) => {
  const largest = Math.max(...logits)
  const weights = logits.map((logit) => Math.exp(logit - largest))
  const sum = weights.reduce((a, b) => a + b, 0)
  return weights
    .map((weight, i) => ({ name: classNames[i], probability: weight / sum }))
    .sort((a, b) => b.probability - a.probability)
}
