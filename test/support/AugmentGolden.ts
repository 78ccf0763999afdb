import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { Schema } from "effect"
import type { ImageShape } from "../../src/data/ImageSet.js"

const Bytes = Schema.Uint8ArrayFromBase64
/** An image by its number of channels, 1 or 3. */
const Both = Schema.Struct({ "1": Bytes, "3": Bytes })

const Golden = Schema.Struct({
  source: Schema.String,
  defaults: Schema.Record(Schema.String, Schema.Record(Schema.String, Schema.Json)),
  shape: Schema.Struct({ height: Schema.Int, width: Schema.Int }),
  images: Both,
  cases: Schema.Array(
    Schema.Struct({ kernel: Schema.String, options: Schema.Record(Schema.String, Schema.Unknown), results: Both })
  ),
  equalized: Schema.Record(Schema.Literals(["1", "3"]), Schema.Struct({ image: Bytes, result: Bytes })),
  spaces: Schema.Record(
    Schema.Literals(["randAugment", "trivialAugment", "augMix"]),
    Schema.Array(
      Schema.Struct({
        name: Schema.String,
        signed: Schema.Boolean,
        magnitudes: Schema.NullOr(Schema.Array(Schema.Finite))
      })
    )
  ),
  applied: Schema.Array(
    Schema.Struct({
      policy: Schema.Literals(["randAugment", "augMix"]),
      name: Schema.Literals([
        "Identity",
        "ShearX",
        "ShearY",
        "TranslateX",
        "TranslateY",
        "Rotate",
        "Brightness",
        "Color",
        "Contrast",
        "Sharpness",
        "Posterize",
        "Solarize",
        "AutoContrast",
        "Equalize"
      ]),
      magnitude: Schema.Finite,
      results: Both
    })
  ),
  augMix: Schema.Struct({
    original: Schema.Finite,
    weights: Schema.Array(Schema.Finite),
    images: Schema.Record(Schema.Literals(["1", "3"]), Schema.Struct({ parts: Schema.Array(Bytes), result: Bytes }))
  })
})

/** The images that torchvision made: `test/golden/make_augment.py`. */
export const golden = Schema.decodeUnknownSync(Golden)(
  JSON.parse(readFileSync(fileURLToPath(new URL("../golden/augment.json", import.meta.url)), "utf8"))
)

/** The two images, grey and RGB, with the reference results of a case. */
export const channels = ["1", "3"] as const

export const shapeOf = (count: "1" | "3"): ImageShape => ({ ...golden.shape, channels: Number(count) })

/** The greatest difference of two values of images; 256 if they are not of one size. */
export const distance = (a: Uint8Array, b: Uint8Array): number =>
  a.length === b.length ? a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0) : 256
