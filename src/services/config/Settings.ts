import { Result, Schema } from "effect"
import * as NetworkSpec from "../../model/NetworkSpec.js"
import { withDefault } from "../../train/recipe/Fields.js"
import * as Recipe from "../../train/recipe/Recipe.js"
import { DatasetName } from "../datasets/Catalogue.js"
import { defaultTestFraction } from "../datasets/TestFraction.js"
import * as Keys from "./Keys.js"
import { presets } from "./Presets.js"
import { ReporterName } from "./ReporterName.js"

const Threads = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)).annotate({
  description: "a whole number of at least 1"
})

const Paths = Schema.Array(Schema.String).annotate({
  description: 'a list of parts of the network by their paths, such as ["conv1","layer1"]'
})

const Unfreeze = Schema.Array(
  Schema.Struct({ epoch: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)), paths: Paths })
).annotate({
  description: 'a list such as [{"epoch":2,"paths":["layer3"]}], each after a number of epochs of at least 1'
})

const Reporters = Schema.Array(ReporterName).annotate({
  description: `a list of ${ReporterName.literals.join(" and ")}`
})

const Columns = Schema.Array(Schema.String).annotate({ description: 'a list of columns, such as ["x","y"]' })

const Workers = Schema.Union([
  Schema.Literal("auto"),
  Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 64 }))
]).annotate({
  description: '"auto" or a whole number of threads from 0 to 64'
})

const Size = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 4096 })).annotate({
  description: "a whole number of pixels from 1 to 4096"
})

const Channels = Schema.Literals([1, 3]).annotate({ description: "1 (grey) or 3 (RGB)" })

const TestFraction = Schema.Finite.check(
  Schema.isBetween({ minimum: 0, maximum: 1, exclusiveMinimum: true, exclusiveMaximum: true })
).annotate({ description: "a number of more than 0 and less than 1" })

/**
 * The recipe of a run, and the machine and files that it runs with. `null` leaves a choice open.
 *
 * @category schemas
 */
export const Settings = Schema.Struct({
  preset: Schema.NullOr(Schema.Literals(Object.keys(presets))).pipe(withDefault(null)),
  ...Recipe.Recipe.fields,
  dataset: DatasetName.pipe(withDefault(Recipe.defaultTask.dataset)),
  fineTune: Schema.Struct({
    /** A file of weights to start from; or "pretrained" for the published ones of the network, "pretrained:NAME" for those of a name. */
    weights: Schema.NullOr(Schema.String).pipe(withDefault(null)),
    /** Parts that still start at random, such as a head for other classes. */
    skip: Paths.pipe(withDefault([])),
    /** Parts that are not trained. */
    freeze: Paths.pipe(withDefault([])),
    /** Frozen parts that are trained after so many epochs. */
    unfreeze: Unfreeze.pipe(withDefault([]))
  }).pipe(withDefault({})),
  /** What is written in addition to the log and the report: "csv" and "tensorboard". */
  reporters: Reporters.pipe(withDefault([])),
  backend: Schema.Literals(["auto", "tensorflow", "wasm", "cpu"]).pipe(withDefault("auto")),
  device: Schema.Literals(["auto", "cpu", "gpu"]).pipe(withDefault("auto")),
  /** What TensorFlow computes with on a processor: this library's kernels where they are built, or always its own. */
  kernels: Schema.Literals(["auto", "tensorflow"]).pipe(withDefault("auto")),
  threads: Schema.NullOr(Threads).pipe(withDefault(null)),
  data: Schema.Struct({
    /** A directory with the files of the dataset, tried before any address; for the dataset "folder", the images themselves. */
    dir: Schema.NullOr(Schema.String).pipe(withDefault(null)),
    /** The address of a mirror, tried before the official one. */
    mirror: Schema.NullOr(Schema.String).pipe(withDefault(null)),
    /** Height and width that the images of a "folder" are resized to, in pixels. */
    size: Size.pipe(withDefault(32)),
    /** Channels of the images of a "folder": 1 for grey, 3 for RGB. */
    channels: Channels.pipe(withDefault(3)),
    /** For the dataset "csv", the table of its images: path,label and perhaps split. */
    csv: Schema.NullOr(Schema.String).pipe(withDefault(null)),
    /** What the labels of a "csv" are: the class of an image, several labels of 0 or 1, or values to predict. */
    task: Schema.Literals(["classes", "multiple", "values"]).pipe(withDefault("classes")),
    /** The columns of a "csv" with labels; `null` is `label` for classes, else every column but `path` and `split`. */
    labels: Schema.NullOr(Columns).pipe(withDefault(null)),
    /** Where the images of a "folder", "shards" or "csv" are: decoded in memory, or read when they are needed; "auto" is memory up to 1 GiB of pixels. */
    storage: Schema.Literals(["auto", "memory", "disk"]).pipe(withDefault("auto")),
    /** Fraction of a "folder" that is the test set, where it has no folders "train" and "test". */
    testFraction: TestFraction.pipe(withDefault(defaultTestFraction))
  }).pipe(withDefault({})),
  loader: Schema.Struct({
    /** Threads that make the batches ahead of the step; "auto" is none for images in memory, else one for each core but one. */
    workers: Workers.pipe(withDefault("auto"))
  }).pipe(withDefault({}))
})
/** @category schemas */
export type Settings = typeof Settings.Type

export const keys = Keys.fromSchema(Settings)

/** Shorthands for whole groups, such as `seminar-resnet-5` for a network: the group, or what was expected. */
export const shorthands: ReadonlyMap<string, (text: string) => Result.Result<object, string>> = new Map([
  [
    "network",
    (text: string) =>
      Result.mapError(
        NetworkSpec.parse(text),
        ({ known, nearest }) => `expected one of ${known.join(", ")}, got "${text}"; did you mean ${nearest}?`
      )
  ]
])
