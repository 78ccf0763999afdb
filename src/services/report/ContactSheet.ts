import { Effect, Result } from "effect"
import sharp from "sharp"
import * as Augment from "../../data/Augment.js"
import { type ImageShape, imageBytes } from "../../data/ImageSet.js"
import * as Random from "../../internal/Random.js"
import { escape } from "./Html.js"
import { fromSvg, PictureError } from "./Png.js"

export { PictureError } from "./Png.js"

/**
 * A row of a contact sheet: a name, and images.
 *
 * **Shapes** each image `[height, width, channels]` uint8, of the sheet's shape.
 *
 * @category models
 */
export interface Row {
  readonly name: string
  readonly images: ReadonlyArray<Uint8Array>
}

/**
 * An image as the epochs of a run show it, 0 to `epochs` - 1: `image` is its index in the training set, `seed` that of the run.
 *
 * **Errors** `DatasetError` for steps that images of `shape` do not allow.
 *
 * @category constructors
 */
export const shown = (
  augment: Augment.Augment,
  {
    pixels,
    shape,
    ...at
  }: {
    readonly pixels: Uint8Array
    readonly shape: ImageShape
    readonly seed: number
    readonly image: number
    readonly epochs: number
  }
) =>
  Result.map(Augment.compile(augment, shape), (apply) =>
    Array.from({ length: at.epochs }, (_, epoch) => {
      const to = new Uint8Array(imageBytes(shape))
      apply(pixels, to, Random.make(at.seed, "augment", epoch, at.image), { seed: at.seed, epoch, image: at.image })
      return to
    })
  )

// In units of which the picture has two pixels.
const gap = 3
const line = 18

/**
 * Draws rows of images with their names, and titles over the columns, as a PNG. Small images are enlarged to 32 units of two pixels, large ones reduced to 112.
 *
 * **Errors** `PictureError` for images that have not the bytes that their shape says, and other than 1 or 3 channels.
 *
 * @category constructors
 */
export const png = Effect.fn("ContactSheet.png")(function* (
  rows: ReadonlyArray<Row>,
  { columns, shape }: { readonly columns: ReadonlyArray<string>; readonly shape: ImageShape }
) {
  const side = Math.max(shape.height, shape.width)
  const scale = Math.min(112, Math.max(32, side)) / side
  const [width, height] = [shape.width * scale, shape.height * scale]
  const margin = 14 + 5.5 * Math.max(...rows.map(({ name }) => name.length))
  const cells = yield* Effect.forEach(
    rows.flatMap(({ images }, row) => images.map((pixels, column) => ({ pixels, row, column }))),
    ({ column, pixels, row }) =>
      Effect.map(encoded(pixels, shape), (data) => {
        const [x, y] = [margin + column * (width + gap), line + row * (height + gap)]
        return `<image x="${x}" y="${y}" width="${width}" height="${height}" image-rendering="${scale >= 1 ? "optimizeSpeed" : "optimizeQuality"}" href="data:image/png;base64,${data}"/>`
      }),
    { concurrency: 4 }
  )
  const names = rows.map(
    ({ name }, row) =>
      `<text x="${margin - 8}" y="${line + row * (height + gap) + height / 2 + 4}" text-anchor="end">${escape(name)}</text>`
  )
  const titles = columns.map(
    (title, column) =>
      `<text x="${margin + column * (width + gap) + width / 2}" y="12" text-anchor="middle" font-size="8" fill="#5f6b7a">${escape(title)}</text>`
  )
  const most = Math.max(columns.length, ...rows.map(({ images }) => images.length))
  const [fullWidth, fullHeight] = [margin + most * (width + gap) + gap, line + rows.length * (height + gap) + gap]
  return yield* fromSvg(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${fullWidth}" height="${fullHeight}" font-family="Inter" font-size="10" fill="#1f2933"><rect width="100%" height="100%" fill="#fff"/>${[...titles, ...names, ...cells].join("")}</svg>`
  ).pipe(Effect.flatMap(reduced))
})

const encoded = (pixels: Uint8Array, { channels, height, width }: ImageShape): Effect.Effect<string, PictureError> =>
  (channels === 1 || channels === 3) && pixels.length === height * width * channels
    ? attempt(() => sharp(pixels, { raw: { width, height, channels } }).png().toBuffer()).pipe(
        Effect.map((png) => png.toString("base64"))
      )
    : Effect.fail(
        new PictureError({
          reason: `a contact sheet shows images of 1 or 3 channels; this one of ${height}x${width}x${channels} has ${pixels.length} bytes`
        })
      )

/** The same picture with 256 colours, which is a third of the bytes. */
const reduced = (png: Uint8Array): Effect.Effect<Uint8Array, PictureError> =>
  Effect.map(
    attempt(() => sharp(png).png({ palette: true, compressionLevel: 9 }).toBuffer()),
    (buffer) => new Uint8Array(buffer)
  )

const attempt = <A>(make: () => Promise<A>): Effect.Effect<A, PictureError> =>
  Effect.tryPromise({
    try: make,
    catch: (cause) => new PictureError({ reason: `the contact sheet could not be drawn: ${cause}` })
  })
