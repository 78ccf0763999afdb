import { Effect, Option } from "effect"
import { CliError, Flag } from "effect/cli"
import type { ImageShape } from "../data/ImageSet.js"
import * as Statistics from "../data/Statistics.js"
import * as Flags from "./Flags.js"

/** What pixels are normalised with: the dataset's own statistics, or these. */
export type Normalization = "dataset" | Statistics.ChannelStatistics

const parse = (text: string): Option.Option<Normalization> => {
  if (text === "dataset") return Option.some(text)
  if (text === "imagenet") return Option.some(Statistics.imagenet)
  const numbers = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)))
  const channels = numbers.length / 2
  const mean = numbers.slice(0, channels)
  const deviation = numbers.slice(channels)
  return Number.isInteger(channels) && numbers.every(Number.isFinite) && deviation.every((value) => value > 0)
    ? Option.some({ mean, deviation })
    : Option.none()
}

/** `--normalize`; by default what a run was trained with, and for a file of weights the dataset's own statistics. */
export const flag = Flag.String("normalize").pipe(
  Flag.withMetavar("STATISTICS"),
  Flag.withDescription(
    "What the weights were trained with (of a run, it is known): dataset (default), imagenet, or the mean of each channel and then its deviation, of pixels from 0 to 1: 0.5,0.5,0.5,0.25,0.25,0.25"
  ),
  Flag.mapEffect((text) =>
    Effect.fromOption(parse(text)).pipe(
      Effect.mapError(
        () =>
          new CliError.InvalidValue({
            option: "normalize",
            value: text,
            expected: "dataset, imagenet, or a mean for each channel and then a deviation above 0, with commas between",
            kind: "flag"
          })
      )
    )
  ),
  Flag.optional
)

/** Refuses statistics of other channels than the images have. */
export const check = (
  normalization: Normalization,
  { shape, title }: { readonly shape: ImageShape; readonly title: string }
): Effect.Effect<void, CliError.CliError> =>
  normalization === "dataset" || normalization.mean.length === shape.channels
    ? Effect.void
    : Flags.misuse(
        `--normalize: these statistics are of ${normalization.mean.length} channels, and ${title} has ${shape.channels}`
      )
