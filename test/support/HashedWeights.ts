import * as Network from "../../src/model/Network.js"
import { size } from "../../src/model/Shape.js"
import type { StoredTensors } from "../../src/model/weights/StoredTensor.js"

/** Numbers from 0 to 1 of 24 bits, of a name and an index, by the rule of `test/golden/make_imagenet.py`. */
export const hashed = (name: string): ((index: number) => number) => {
  let seed = 0x811c9dc5
  for (const byte of new TextEncoder().encode(name)) seed = Math.imul(seed ^ byte, 0x01000193)
  return (index) => {
    let x = Math.imul(index, 0x9e3779b9) + seed
    x = Math.imul(x ^ (x >>> 16), 0x7feb352d)
    x = Math.imul(x ^ (x >>> 15), 0x846ca68b)
    return ((x ^ (x >>> 16)) >>> 8) / 2 ** 24
  }
}

/** A value of a tensor, calm enough for deep networks: the scale at the end of a block is small. */
const valueOf = (name: string, shape: ReadonlyArray<number>, isLast: boolean): ((u: number) => number) => {
  if (shape.length > 1) {
    const bound = Math.sqrt(6 / size(shape.slice(1)))
    return (u) => bound * (2 * u - 1)
  }
  if (name.endsWith("running_var")) return (u) => 0.5 + u
  if (name.endsWith("weight")) return (u) => (isLast ? 0.25 : 1) * (0.8 + 0.4 * u)
  return (u) => 0.1 * (2 * u - 1)
}

/** The weights of a ResNet by that rule, with PyTorch's names and in its layouts. */
export const weights = (network: Network.Network): StoredTensors => {
  const parameters = Network.parameters(network)
  const names = new Set(parameters.map(({ path }) => path))
  return Object.fromEntries(
    parameters.map(({ path, shape, torchAxes }) => {
      const stored = torchAxes?.map((axis) => shape[axis]!) ?? shape
      const isLast =
        path.endsWith(".bn3.weight") ||
        (path.endsWith(".bn2.weight") && !names.has(path.replace(/bn2\.weight$/, "bn3.weight")))
      const [u, value] = [hashed(path), valueOf(path, stored, isLast)]
      return [
        path,
        { dtype: "F32", shape: stored, data: Float32Array.from({ length: size(stored) }, (_, i) => value(u(i))) }
      ]
    })
  )
}

/** Images `[count, size, size, 3]` from -2 to 2, of the same rule for `[count, 3, size, size]`. */
export const images = (count: number, side: number): Float32Array => {
  const u = hashed("images")
  const pixels = side * side
  return Float32Array.from({ length: count * pixels * 3 }, (_, i) => {
    const [channel, place] = [i % 3, Math.floor(i / 3)]
    const [image, pixel] = [Math.floor(place / pixels), place % pixels]
    return 4 * u((image * 3 + channel) * pixels + pixel) - 2
  })
}
