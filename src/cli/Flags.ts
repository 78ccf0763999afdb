import * as Argument from "effect/cli/Argument"
import * as CliError from "effect/cli/CliError"
import type * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Param from "effect/cli/Param"
import * as Primitive from "effect/cli/Primitive"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { known } from "../model/NetworkNames.js"
import { presets } from "../services/config/Presets.js"
import { ReporterName } from "../services/config/ReporterName.js"
import { DatasetName } from "../services/datasets/DatasetName.js"

/** What a command is given, from its flags. */
export type Input<Flags extends Command.Command.Config> = Command.Command.Config.InferValue<Flags>

/** A flag that takes any text, with its usual values in help and completions: the command checks it, with a better error. */
const suggesting = (name: string, values: ReadonlyArray<string>, description: string): Flag.Flag<string> =>
  Param.makeSingle({
    kind: Param.flagKind,
    name,
    typeName: "NAME",
    description: Option.some(description),
    primitiveType: Object.assign(Primitive.Choice(values.map((value) => [value, value])), {
      parse: Primitive.String.parse
    })
  })

const preset = suggesting("preset", Object.keys(presets), "A named recipe to start from").pipe(Flag.optional)

const network = suggesting("network", known, "A network in one word, other numbers for those shown").pipe(
  Flag.mapEffect((text) =>
    Effect.promise(() => import("../model/NetworkSpec.js")).pipe(
      Effect.flatMap(({ parse }) => Effect.fromResult(parse(text))),
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

const dataset = Flag.Literals("dataset", DatasetName.literals).pipe(Flag.withDescription("The dataset"))

const run = Flag.String("run").pipe(Flag.withMetavar("DIR"), Flag.withDescription("The directory of a run"))

const normalize = Flag.String("normalize").pipe(
  Flag.withMetavar("STATISTICS"),
  Flag.withDescription(
    "What the weights were trained with; a run knows it, for a file the default is dataset. One of dataset, imagenet, or the mean of each channel and then its deviation, of pixels from 0 to 1: 0.5,0.5,0.5,0.25,0.25,0.25"
  ),
  Flag.mapEffect((text) =>
    Effect.promise(() => import("./Normalization.js")).pipe(
      Effect.flatMap(({ parse }) => Effect.fromOption(parse(text))),
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

const tta = Flag.Literals("tta", ["none", "flip", "flip-shift"]).pipe(
  Flag.withDescription(
    "The views of each image whose logits are averaged: the image alone, with its mirror image, or those and two diagonal shifts by a pixel"
  ),
  Flag.withDefault("none" as const)
)

/** The flags that name a trained network: a run, or a network and a file of weights. */
const trained = {
  run: Flag.optional(run),
  network,
  weights: Flag.String("weights").pipe(
    Flag.withMetavar("FILE"),
    Flag.withDescription(
      "Weights as safetensors or as PyTorch saves them, with PyTorch's names and layouts; pretrained for the published ones of the network, pretrained:NAME for those of a name"
    ),
    Flag.optional
  ),
  kinds: Flag.String("kinds").pipe(
    Flag.withMetavar("MODULE"),
    Flag.withDescription("A JavaScript module that exports the kinds of layer of a network with custom ones"),
    Flag.optional
  )
}

const setting = (description: string) =>
  Flag.String("set").pipe(Flag.withMetavar("KEY=VALUE"), Flag.withDescription(description), Flag.atLeast(0))

/** A flag of a whole number from 1 to 1000. */
const count = (name: string, description: string) =>
  Flag.Int(name).pipe(
    Flag.withMetavar("N"),
    Flag.withDescription(description),
    Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1000 })))
  )

/** The flags that say what a run computes. */
const settings = {
  preset,
  config: Flag.String("config").pipe(
    Flag.withMetavar("FILE"),
    Flag.withDescription("A JSON file of settings"),
    Flag.optional
  ),
  set: setting("One setting, such as batchSize=64 or rate.peak=0.1; may be repeated. The keys are listed below")
}

export const train = {
  ...settings,
  weights: Flag.String("weights").pipe(
    Flag.withMetavar("FILE"),
    Flag.withDescription(
      "Start from these weights: a file, pretrained for the published ones of the network, or pretrained:NAME; with --set fineTune.skip=[...] for a head of other classes, and fineTune.freeze=[...]"
    ),
    Flag.optional
  ),
  out: Flag.String("out").pipe(
    Flag.withMetavar("DIR"),
    Flag.withDescription("The directory of the run, by default runs/<time>-<preset>"),
    Flag.optional
  ),
  resume: Flag.Boolean("resume").pipe(
    Flag.withDescription("Resume the run in --out, with the settings it was started with"),
    Flag.withDefault(false)
  ),
  change: Flag.Literals("change", ["epochs", "checkpointEvery"]).pipe(
    Flag.withDescription(
      "With --resume: a setting that may differ from what the run was started with; may be repeated"
    ),
    Flag.atLeast(0)
  ),
  reporter: Flag.Literals("reporter", ReporterName.literals).pipe(
    Flag.withDescription("Write this too, in the directory of the run; may be repeated"),
    Flag.atLeast(0)
  ),
  limitTrain: Flag.Finite("limit-train").pipe(
    Flag.withMetavar("AMOUNT"),
    Flag.withDescription("Train on a part of the training images: a fraction below 1, or a number of images"),
    Flag.optional
  ),
  fastDevRun: Flag.Boolean("fast-dev-run").pipe(
    Flag.withDescription("Try every part of the run on a few batches, and keep nothing"),
    Flag.withDefault(false)
  ),
  seeds: Flag.Int("seeds").pipe(
    Flag.withMetavar("N"),
    Flag.withDescription(
      "Train N times, with the seeds from seed on, and give mean, deviation and interval of the scores"
    ),
    Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1000 }))),
    Flag.optional
  ),
  overfitBatch: Flag.Boolean("overfit-batch").pipe(
    Flag.withDescription("Train on one batch until its loss is near 0, and keep nothing; exit 1 where it stays higher"),
    Flag.withDefault(false)
  ),
  findRate: Flag.Boolean("find-rate").pipe(
    Flag.withDescription("Search a learning rate: train with rising ones, and write the curve of the loss into --out"),
    Flag.withDefault(false)
  ),
  printConfig: Flag.Boolean("print-config").pipe(
    Flag.withDescription("Print every setting and where it came from, and train nothing"),
    Flag.withDefault(false)
  )
}

export const evaluate = { ...trained, dataset: Flag.optional(dataset), normalize, tta }

export const predict = {
  ...trained,
  dataset: Flag.optional(dataset),
  normalize,
  tta,
  top: Flag.Int("top").pipe(Flag.withDescription("How many classes are shown of each image"), Flag.withDefault(5)),
  features: Flag.String("features").pipe(
    Flag.withMetavar("FILE"),
    Flag.withDescription("Also write the embedding of each image as CSV: what the last layer takes in"),
    Flag.optional
  ),
  images: Argument.String("image").pipe(
    Argument.withDescription("PNG, JPEG or WebP files, or folders of them"),
    Argument.variadic({ min: 1 })
  )
}

export const exported = {
  ...trained,
  dataset: Flag.optional(dataset),
  normalize,
  to: Flag.Literals("to", ["layers", "safetensors", "onnx"]).pipe(
    Flag.withDescription("What to write: a tf.layers model for browsers, weights for PyTorch, or an ONNX model")
  ),
  out: Flag.String("out").pipe(
    Flag.withMetavar("PATH"),
    Flag.withDescription("The file, or for layers the directory, to write; it must not exist yet")
  )
}

export const summary = { network, preset, dataset: Flag.optional(dataset) }

export const augment = {
  ...settings,
  images: count("images", "Images of the training set").pipe(Flag.withDefault(8)),
  epochs: count("epochs", "Epochs, one column for each").pipe(Flag.withDefault(8)),
  out: Flag.String("out").pipe(
    Flag.withMetavar("FILE"),
    Flag.withDescription("The PNG to write, by default augmentation.png"),
    Flag.withDefault("augmentation.png")
  )
}

export const plot = { run }

export const rate = {
  ...settings,
  out: Flag.String("out").pipe(
    Flag.withMetavar("FILE"),
    Flag.withDescription("The SVG or PNG to write, by default rate.svg"),
    Flag.filter(
      (file) => /\.(svg|png)$/.test(file),
      () => "a file that ends with .svg or .png"
    ),
    Flag.withDefault("rate.svg")
  )
}

export const compare = {
  runs: Argument.String("run").pipe(
    Argument.withDescription("The directory of a run, or of several seeds"),
    Argument.atLeast(1)
  ),
  out: Flag.String("out").pipe(
    Flag.withMetavar("DIR"),
    Flag.withDescription("Write compare.html, compare.svg and compare.txt there"),
    Flag.optional
  )
}

export const data = {
  name: Argument.Literals("name", DatasetName.literals).pipe(Argument.withDescription("The dataset"))
}

export const audit = {
  ...data,
  set: setting("One setting of the data, such as data.dir=pictures; may be repeated"),
  out: Flag.String("out").pipe(
    Flag.withMetavar("FILE"),
    Flag.withDescription("Write a page with sample images and what was found, as HTML"),
    Flag.optional
  )
}

export const create = {
  directory: Argument.String("directory").pipe(Argument.withDescription("The directory of the project, new or empty"))
}

export const nativeInstall = {
  gpu: Flag.Boolean("gpu").pipe(Flag.withDescription("The build with CUDA"), Flag.withDefault(false))
}
