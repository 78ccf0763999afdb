import type { ImageShape } from "../../ImageSet.js"

/** The picture as in a mirror. */
export const leftRight = (from: Uint8Array, to: Uint8Array, { channels, height, width }: ImageShape): void => {
  const stride = width * channels
  for (let y = 0; y < height; y++) {
    let target = y * stride
    for (let source = target + stride - channels; source >= y * stride; source -= channels) {
      if (channels === 3) {
        to[target] = from[source]!
        to[target + 1] = from[source + 1]!
        to[target + 2] = from[source + 2]!
        target += 3
      } else {
        for (let channel = 0; channel < channels; channel++) to[target++] = from[source + channel]!
      }
    }
  }
}

/** The picture upside down. */
export const topBottom = (from: Uint8Array, to: Uint8Array, { channels, height, width }: ImageShape): void => {
  const stride = width * channels
  for (let y = 0; y < height; y++) {
    to.set(from.subarray((height - 1 - y) * stride, (height - y) * stride), y * stride)
  }
}
