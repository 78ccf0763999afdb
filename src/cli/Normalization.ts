import { Effect, Option } from "effect"
import type { CliError } from "effect/cli"
import type { ImageShape } from "../data/ImageSet.js"
import * as Statistics from "../data/Statistics.js"
import { misuse } from "./Usage.js"

/** The statistics that normalize pixels: those of the dataset, or others. */
export type Normalization = "dataset" | Statistics.ChannelStatistics

/** Parses the value of `--normalize`. */
export const parse = (text: string): Option.Option<Normalization> => {
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

/** Refuses statistics whose number of channels is not that of the images. */
export const check = (
  normalization: Normalization,
  { shape, title }: { readonly shape: ImageShape; readonly title: string }
): Effect.Effect<void, CliError.CliError> =>
  normalization === "dataset" || normalization.mean.length === shape.channels
    ? Effect.void
    : misuse(
        `--normalize: these statistics are of ${normalization.mean.length} channels, and ${title} has ${shape.channels}`
      )
