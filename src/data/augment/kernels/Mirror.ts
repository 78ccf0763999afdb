import type { ImageShape } from "../../ImageSet.js"
import * as Words from "./Words.js"

/** The picture as in a mirror. */
export const leftRight = (from: Uint8Array, to: Uint8Array, { channels, height, width }: ImageShape): void => {
  const words = channels === 3 && width % 4 === 0 ? Words.pair(from, to) : undefined
  if (words !== undefined) {
    fourPixels(...words, height, (width * 3) >> 2)
    return
  }
  const stride = width * channels
  for (let y = 0; y < height; y++) {
    let target = y * stride
    for (let source = target + stride - channels; source >= y * stride; source -= channels) {
      for (let channel = 0; channel < channels; channel++) to[target++] = from[source + channel]!
    }
  }
}

/** Mirrors rows of `stride` words, three at a time: four pixels in the order 3 2 1 0. */
const fourPixels = (from: Int32Array, to: Int32Array, height: number, stride: number): void => {
  for (let y = 0; y < height; y++) {
    let target = y * stride
    for (let source = target + stride - 3; source >= y * stride; source -= 3) {
      // r0 g0 b0 r1 | g1 b1 r2 g2 | b2 r3 g3 b3
      const first = from[source]!
      const second = from[source + 1]!
      const third = from[source + 2]!
      to[target] = (third >>> 8) | ((second << 8) & 0xff000000)
      to[target + 1] = (second >>> 24) | ((third & 255) << 8) | ((first >>> 24) << 16) | (second << 24)
      to[target + 2] = ((second >>> 8) & 255) | (first << 8)
      target += 3
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
