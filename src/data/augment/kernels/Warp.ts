import type { ImageShape } from "../../ImageSet.js"

/**
 * How pixels between those of the image are made: the nearest one, or a mean of the four around, weighted by distance.
 *
 * @category models
 */
export type Interpolation = "nearest" | "bilinear"

/** A map of the plane as the first two rows of its matrix, x right and y down, about the image's centre, in pixels. */
export type Matrix = readonly [number, number, number, number, number, number]

/** Where a pixel of the result comes from: the eight numbers of a projective map, x right and y down from the corner, in pixels. */
export type Projection = readonly [number, number, number, number, number, number, number, number]

/** Functions that show an image as seen through a map from the result's pixels to the image's; what comes from outside is black. */
export interface Warp {
  readonly affine: (from: Uint8Array, to: Uint8Array, matrix: Matrix) => void
  readonly perspective: (from: Uint8Array, to: Uint8Array, projection: Projection) => void
}

/** A warp of images of one shape, with its row buffers. **Source** torchvision's `affine` and `perspective` on uint8. */
export const make = (shape: ImageShape, interpolation: Interpolation): Warp => {
  const { height, width } = shape
  const xs = new Float64Array(width)
  const ys = new Float64Array(width)
  const sampleRow = interpolation === "nearest" ? nearestRow : bilinearRow
  const middleX = (width - 1) / 2
  const middleY = (height - 1) / 2
  return {
    affine: (from, to, [a, b, c, d, e, f]) => {
      for (let y = 0; y < height; y++) {
        const rowX = b * (y - middleY) + c
        const rowY = e * (y - middleY) + f
        for (let x = 0; x < width; x++) {
          xs[x] = middleX + a * (x - middleX) + rowX
          ys[x] = middleY + d * (x - middleX) + rowY
        }
        sampleRow(from, to, y, xs, ys, shape)
      }
    },
    perspective: (from, to, [a, b, c, d, e, f, g, h]) => {
      for (let y = 0; y < height; y++) {
        const downY = y + 0.5
        for (let x = 0; x < width; x++) {
          const right = x + 0.5
          const depth = 1 / (g * right + h * downY + 1)
          xs[x] = (a * right + b * downY + c) * depth - 0.5
          ys[x] = (d * right + e * downY + f) * depth - 0.5
        }
        sampleRow(from, to, y, xs, ys, shape)
      }
    }
  }
}

type SampleRow = (
  from: Uint8Array,
  to: Uint8Array,
  row: number,
  xs: Float64Array,
  ys: Float64Array,
  shape: ImageShape
) => void

const nearestRow: SampleRow = (from, to, row, xs, ys, { channels, height, width }) => {
  let target = Math.imul(row, width * channels)
  for (let i = 0; i < width; i++) {
    const x = Math.floor(xs[i]! + 0.5) | 0
    const y = Math.floor(ys[i]! + 0.5) | 0
    const isInside = x >= 0 && x < width && y >= 0 && y < height
    const source = isInside ? Math.imul(Math.imul(y, width) + x, channels) : 0
    if (channels === 3) {
      to[target] = isInside ? from[source]! : 0
      to[target + 1] = isInside ? from[source + 1]! : 0
      to[target + 2] = isInside ? from[source + 2]! : 0
    } else {
      for (let channel = 0; channel < channels; channel++) to[target + channel] = isInside ? from[source + channel]! : 0
    }
    target += channels
  }
}

const bilinearRow: SampleRow = (from, to, row, xs, ys, { channels, height, width }) => {
  const stride = width * channels
  let target = Math.imul(row, stride)
  for (let i = 0; i < width; i++) {
    const left = Math.floor(xs[i]!) | 0
    const top = Math.floor(ys[i]!) | 0
    const right = xs[i]! - left
    const down = ys[i]! - top
    const leftPart = 1 - right
    const upPart = 1 - down
    const above = Math.imul(top, stride) + Math.imul(left, channels)
    const below = above + stride
    if (left >= 0 && left < width - 1 && top >= 0 && top < height - 1) {
      // Each value is cut to a whole number after 0.5 is added, which rounds it. Three channels without a loop take half of the time.
      if (channels === 3) {
        to[target] =
          upPart * (leftPart * from[above]! + right * from[above + 3]!) +
          down * (leftPart * from[below]! + right * from[below + 3]!) +
          0.5
        to[target + 1] =
          upPart * (leftPart * from[above + 1]! + right * from[above + 4]!) +
          down * (leftPart * from[below + 1]! + right * from[below + 4]!) +
          0.5
        to[target + 2] =
          upPart * (leftPart * from[above + 2]! + right * from[above + 5]!) +
          down * (leftPart * from[below + 2]! + right * from[below + 5]!) +
          0.5
      } else {
        for (let channel = 0; channel < channels; channel++) {
          to[target + channel] =
            upPart * (leftPart * from[above + channel]! + right * from[above + channels + channel]!) +
            down * (leftPart * from[below + channel]! + right * from[below + channels + channel]!) +
            0.5
        }
      }
    } else {
      const isLeft = left >= 0 && left < width
      const isRight = left >= -1 && left < width - 1
      const isTop = top >= 0 && top < height
      const isBottom = top >= -1 && top < height - 1
      for (let channel = 0; channel < channels; channel++) {
        const topLeft = isTop && isLeft ? from[above + channel]! : 0
        const topRight = isTop && isRight ? from[above + channels + channel]! : 0
        const bottomLeft = isBottom && isLeft ? from[below + channel]! : 0
        const bottomRight = isBottom && isRight ? from[below + channels + channel]! : 0
        to[target + channel] =
          upPart * (leftPart * topLeft + right * topRight) + down * (leftPart * bottomLeft + right * bottomRight) + 0.5
      }
    }
    target += channels
  }
}
