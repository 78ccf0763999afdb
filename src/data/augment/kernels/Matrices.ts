import type { Matrix, Projection } from "./Warp.js"

/** What an affine change does, in order: shear, scale and turn about the centre, then shift; angles in degrees, the turn clockwise, the shift in pixels right and down. */
export interface Affine {
  readonly angle: number
  readonly translate: readonly [x: number, y: number]
  readonly scale: number
  readonly shear: readonly [x: number, y: number]
  /** What stays in place, from the image's middle; the middle by default. */
  readonly center?: readonly [x: number, y: number]
}

const radians = Math.PI / 180

/** The matrix from the result's pixels to the image's. **Source** torchvision's `_get_inverse_affine_matrix`. */
export const inverseAffine = ({ angle, center: [cx, cy] = [0, 0], scale, shear, translate }: Affine): Matrix => {
  const turn = angle * radians
  const shearX = Math.tan(shear[0] * radians)
  const shearY = shear[1] * radians
  const a = Math.cos(turn - shearY) / Math.cos(shearY)
  const b = -(a * shearX + Math.sin(turn))
  const c = Math.sin(turn - shearY) / Math.cos(shearY)
  const d = Math.cos(turn) - c * shearX
  const [m0, m1, m3, m4] = [d / scale, -b / scale, -c / scale, a / scale]
  const x = cx + translate[0]
  const y = cy + translate[1]
  return [m0, m1, cx - m0 * x - m1 * y, m3, m4, cy - m3 * x - m4 * y]
}

/** The four corners of an image: top left, top right, bottom right, bottom left. */
export type Corners = readonly [
  readonly [x: number, y: number],
  readonly [x: number, y: number],
  readonly [x: number, y: number],
  readonly [x: number, y: number]
]

/**
 * The map that shows the corners `shown` of an image at the places `at`.
 *
 * Solves eight linear equations by Gaussian elimination. **Source** torchvision's `_get_perspective_coeffs`.
 */
export const projection = (shown: Corners, at: Corners): Projection => {
  const rows = at.flatMap(([x, y], i) => {
    const [u, v] = shown[i]!
    return [
      [x, y, 1, 0, 0, 0, -u * x, -u * y, u],
      [0, 0, 0, x, y, 1, -v * x, -v * y, v]
    ]
  })
  for (let column = 0; column < 8; column++) {
    let pivot = column
    for (let row = column + 1; row < 8; row++) {
      if (Math.abs(rows[row]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = row
    }
    const chosen = rows[pivot]!
    rows[pivot] = rows[column]!
    rows[column] = chosen
    for (let row = 0; row < 8; row++) {
      if (row === column) continue
      const factor = rows[row]![column]! / chosen[column]!
      for (let k = column; k < 9; k++) rows[row]![k]! -= factor * chosen[k]!
    }
  }
  const solved = (i: number) => rows[i]![8]! / rows[i]![i]!
  return [solved(0), solved(1), solved(2), solved(3), solved(4), solved(5), solved(6), solved(7)]
}
