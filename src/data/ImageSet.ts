/** Height, width and channels of one image, in pixels. */
export interface ImageShape {
  readonly height: number
  readonly width: number
  readonly channels: number
}

/**
 * Labelled images in host memory.
 *
 * **Shapes** `images` is `[count, height, width, channels]` uint8 in row-major order; `labels` is `[count]`, 0-based classes.
 */
export interface ImageSet {
  readonly shape: ImageShape
  readonly count: number
  readonly images: Uint8Array
  readonly labels: Int32Array
}
