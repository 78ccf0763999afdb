/**
 * Two images of one size as words of four bytes, the first byte lowest, which are read and written four times as fast; `undefined` where the images do not begin or end between words.
 *
 * All processors that Node runs on have the lowest byte first.
 */
export const pair = (from: Uint8Array, to: Uint8Array): readonly [from: Int32Array, to: Int32Array] | undefined =>
  ((from.byteOffset | to.byteOffset | from.length) & 3) === 0
    ? [
        new Int32Array(from.buffer, from.byteOffset, from.length >> 2),
        new Int32Array(to.buffer, to.byteOffset, to.length >> 2)
      ]
    : undefined
