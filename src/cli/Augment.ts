import { Effect, Option, Path, Schema } from "effect"
import { imageBytes } from "../data/ImageSet.js"
import * as Images from "../data/Images.js"
import * as DatasetSettings from "../services/config/DatasetSettings.js"
import * as RunConfig from "../services/config/RunConfig.js"
import * as Files from "../services/files/Files.js"
import * as ContactSheet from "../services/report/ContactSheet.js"
import * as Plan from "../train/Plan.js"
import * as Recipe from "../train/recipe/index.js"
import type * as Flags from "./Flags.js"

/** `augment`: a contact sheet of training images as the first epochs of a run show them. */
export const run = Effect.fnUntraced(function* (flags: Flags.Input<typeof Flags.augment>) {
  const { settings } = yield* RunConfig.load({
    preset: Option.getOrUndefined(flags.preset),
    file: Option.getOrUndefined(flags.config),
    set: flags.set
  })
  const dataset = yield* DatasetSettings.load(settings.dataset, settings.data)
  const { plan, train } = yield* Effect.fromResult(Plan.check(yield* Recipe.load(settings, dataset)))
  const { augment, seed } = plan
  const images = Math.min(flags.images, train.count)
  // Spread over the set, which may be sorted by class.
  const indices = Array.from({ length: images }, (_, i) => Math.floor((i * train.count) / images))
  const pixels = yield* Images.pixels(train, indices)
  const size = imageBytes(train.shape)
  const rows = yield* Effect.forEach(indices, (image, i) => {
    const original = pixels.subarray(i * size, (i + 1) * size)
    const at = { pixels: original, shape: train.shape, seed, image, epochs: flags.epochs }
    return Effect.map(Effect.fromResult(ContactSheet.shown(augment, at)), (shown) => ({
      name: Images.isClasses(train) ? (dataset.classNames[train.labels[image]!] ?? "") : `image ${image}`,
      images: [original, ...shown]
    }))
  })
  const columns = ["original", ...Array.from({ length: flags.epochs }, (_, epoch) => `epoch ${epoch}`)]
  const sheet = yield* ContactSheet.png(rows, { columns, shape: train.shape })
  yield* Effect.mapError(
    Files.makeDirectories((yield* Path.Path).dirname(flags.out)),
    Files.fileError(`could not write ${flags.out}`)
  )
  yield* Files.writeAtomic(flags.out, sheet)
  return { file: flags.out, images, epochs: flags.epochs }
})

export const schema = Schema.Struct({ file: Schema.String, images: Schema.Int, epochs: Schema.Int })

export const text = ({ epochs, file, images }: typeof schema.Type): string =>
  `${file}: ${images} images, each as it is and as epochs 0 to ${epochs - 1} show it`
