import { Effect, Option, Path, Schema } from "effect"
import * as DatasetSettings from "../services/config/DatasetSettings.js"
import * as RunConfig from "../services/config/RunConfig.js"
import * as Files from "../services/files/Files.js"
import * as Png from "../services/report/Png.js"
import * as ScheduleCurve from "../services/report/ScheduleCurve.js"
import * as Plan from "../train/Plan.js"
import * as Recipe from "../train/recipe/index.js"
import type * as Flags from "./Flags.js"

/** `rate`: the learning rate of a recipe, drawn over its epochs. */
export const run = Effect.fnUntraced(function* (flags: Flags.Input<typeof Flags.rate>) {
  const { settings } = yield* RunConfig.load({
    preset: Option.getOrUndefined(flags.preset),
    file: Option.getOrUndefined(flags.config),
    set: flags.set
  })
  const dataset = yield* DatasetSettings.load(settings.dataset, settings.data)
  const { rate, steps } = yield* Effect.fromResult(Plan.check(yield* Recipe.load(settings, dataset)))
  const svg = ScheduleCurve.render(rate, steps)
  const content = flags.out.endsWith(".png") ? yield* Png.fromSvg(svg) : svg
  yield* Effect.mapError(
    Files.makeDirectories((yield* Path.Path).dirname(flags.out)),
    Files.fileError(`could not write ${flags.out}`)
  )
  yield* Files.writeAtomic(flags.out, content)
  const rates = Array.from({ length: steps.total }, (_, step) => rate(step))
  return {
    file: flags.out,
    steps: steps.total,
    first: rate(0),
    highest: rates.reduce((a, b) => Math.max(a, b)),
    last: rate(steps.total - 1)
  }
})

export const schema = Schema.Struct({
  file: Schema.String,
  steps: Schema.Int,
  first: Schema.Number,
  highest: Schema.Number,
  last: Schema.Number
})

export const text = ({ file, first, highest, last, steps }: typeof schema.Type): string => {
  const [from, peak, to] = [first, highest, last].map((rate) => rate.toPrecision(3))
  return `${file}: ${steps} steps, from ${from} to ${to}, the highest ${peak}`
}
