import { createRequire } from "node:module"
import { renderAsync } from "@resvg/resvg-js"
import { Effect, Schema } from "effect"
import sharp from "sharp"
import type { Mistake } from "../../train/TrainEvent.js"

/**
 * A picture could not be made.
 *
 * @category errors
 */
export class PictureError extends Schema.TaggedError<PictureError>()("PictureError", {
  reason: Schema.String
}) {
  override get message(): string {
    return this.reason
  }
}

// A server may have no font at all, and text without a font is left out silently.
const require = createRequire(import.meta.url)
const fontFiles = ["400Regular/Inter_400Regular.ttf", "600SemiBold/Inter_600SemiBold.ttf"].map((file) =>
  require.resolve(`@expo-google-fonts/inter/${file}`)
)

/** Paints an SVG at twice its size, with fonts of our own. */
export const fromSvg = (svg: string): Effect.Effect<Uint8Array, PictureError> =>
  Effect.tryPromise({
    try: async (signal) => {
      const image = await renderAsync(
        svg,
        { fitTo: { mode: "zoom", value: 2 }, font: { loadSystemFonts: false, fontFiles, defaultFontFamily: "Inter" } },
        signal
      )
      return new Uint8Array(image.asPng())
    },
    catch: (cause) => new PictureError({ reason: `the curves could not be painted: ${cause}` })
  })

/** Encodes the pixels of an image. */
export const fromPixels = ({
  channels,
  height,
  index,
  pixels,
  width
}: Pick<Mistake, "index" | "height" | "width" | "channels" | "pixels">): Effect.Effect<Uint8Array, PictureError> => {
  const bytes = Buffer.from(pixels, "base64")
  const kind = channels === 1 || channels === 2 || channels === 3 || channels === 4 ? channels : null
  if (kind === null || bytes.length !== height * width * channels) {
    return Effect.fail(
      new PictureError({
        reason: `image ${index} says ${height}x${width}x${channels}, but has ${bytes.length} bytes of pixels`
      })
    )
  }
  return Effect.tryPromise({
    try: async () =>
      new Uint8Array(
        await sharp(bytes, { raw: { width, height, channels: kind } })
          .png()
          .toBuffer()
      ),
    catch: (cause) => new PictureError({ reason: `image ${index} could not be encoded: ${cause}` })
  })
}
