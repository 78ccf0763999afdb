import { Effect } from "effect"
import { Argument, CliError, Flag } from "effect/cli"
import * as Networks from "../model/Networks.js"
import { DatasetName } from "../services/datasets/Catalogue.js"

/** Flags and arguments that several commands have. */
export const preset = Flag.String("preset").pipe(
  Flag.withMetavar("NAME"),
  Flag.withDescription("A named recipe to start from"),
  Flag.optional
)

export const network = Flag.String("network").pipe(
  Flag.withMetavar("NAME"),
  Flag.withDescription("A network in one word, such as seminar-resnet-5"),
  Flag.mapEffect((text) =>
    Effect.fromResult(Networks.parse(text)).pipe(
      Effect.mapError(
        ({ known, nearest }) =>
          new CliError.InvalidValue({
            option: "network",
            value: text,
            expected: `one of ${known.join(", ")} (did you mean ${nearest}?)`,
            kind: "flag"
          })
      )
    )
  ),
  Flag.optional
)

export const dataset = Flag.Literals("dataset", DatasetName.literals).pipe(Flag.withDescription("The dataset"))

export const datasetArgument = Argument.Literals("name", DatasetName.literals).pipe(
  Argument.withDescription("The dataset")
)

export const run = Flag.String("run").pipe(Flag.withMetavar("DIR"), Flag.withDescription("The directory of a run"))

/** Wrong usage that only the whole command line shows. */
export const misuse = (message: string): Effect.Effect<never, CliError.CliError> =>
  Effect.fail(new CliError.ValidationError({ message }))
