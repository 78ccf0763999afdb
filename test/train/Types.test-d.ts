// Checked by `tsc` alone: a line under `@ts-expect-error` that compiles is an error.
import * as tf from "@tensorflow/tfjs-core"
import { Result } from "effect"
import * as Dataset from "../../src/data/Dataset.js"
import * as ImageSet from "../../src/data/ImageSet.js"
import type { Task } from "../../src/data/Targets.js"
import * as MnistCnn from "../../src/model/families/MnistCnn.js"
import * as Loss from "../../src/train/Loss.js"
import * as Plan from "../../src/train/Plan.js"

const is = <T>(value: T): T => value

const shape = { height: 16, width: 16, channels: 1 }
const pixels = new Uint8Array(512)
const named = { name: "blank", classNames: ["a", "b"] }
const network = MnistCnn.make({ input: shape, classes: 2 })

const classes = Result.getOrThrow(ImageSet.make(shape, pixels, [0, 1]))
const rows = [
  [0, 1],
  [1, 1]
]
const multiple = Result.getOrThrow(ImageSet.multiple(shape, pixels, rows))
const values = Result.getOrThrow(ImageSet.values(shape, pixels, rows))

const ofClasses = Result.getOrThrow(Dataset.make({ ...named, train: classes, test: classes }))
const ofMultiple = Result.getOrThrow(Dataset.make({ ...named, train: multiple, test: multiple }))
const ofValues = Result.getOrThrow(Dataset.make({ ...named, train: values, test: values }))
is<Dataset.Dataset<"values">>(ofValues)
is<Int32Array>(classes.labels)
is<Float32Array>(ImageSet.slice(values, 0, 1).labels)
// @ts-expect-error: the labels of values are floats
is<Int32Array>(values.labels)

// A plan has the task of its dataset through all setters.
is<Plan.Plan<"classes">>(Plan.make({ network, dataset: ofClasses }).pipe(Plan.epochs(1), Plan.augment([])))
is<Plan.Plan>(Plan.make({ network, dataset: ofValues }))

Plan.make({ network, dataset: ofClasses }).pipe(Plan.loss(Loss.crossEntropy()), Plan.epochs(2))
Plan.make({ network, dataset: ofMultiple }).pipe(Plan.loss(Loss.binaryCrossEntropy()))
Plan.make({ network, dataset: ofValues }).pipe(Plan.loss(Loss.meanSquared()))
// @ts-expect-error: cross entropy is a loss of classes
Plan.make({ network, dataset: ofValues }).pipe(Plan.loss(Loss.crossEntropy()))
// @ts-expect-error: cross entropy is a loss of classes
Plan.make({ network, dataset: ofMultiple }).pipe(Plan.loss(Loss.crossEntropy()))
// @ts-expect-error: the mean squared error is a loss of values
Plan.make({ network, dataset: ofClasses }).pipe(Plan.loss(Loss.meanSquared()))

// A custom loss is for the tasks that it names.
const custom = Loss.make({
  name: "Custom",
  tasks: ["values", "multiple"],
  mean: (outputs, targets) => tf.losses.absoluteDifference(outputs, targets).asScalar()
})
is<Loss.Loss<"values" | "multiple">>(custom)
Plan.make({ network, dataset: ofValues }).pipe(Plan.loss(custom))
Plan.make({ network, dataset: ofMultiple }).pipe(Plan.loss(custom))
// @ts-expect-error: it is for values and several labels
Plan.make({ network, dataset: ofClasses }).pipe(Plan.loss(custom))

// Where the task is not known until the program runs, Plan.check compares it.
declare const some: Plan.Plan
declare const loss: Loss.Loss
is<Plan.Plan>(Plan.loss(loss)(some))
is<(task: Task) => Loss.Loss>(Loss.ofTask)
