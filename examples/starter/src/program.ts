import { Effect } from "effect"
import { MnistCnn } from "effect-tensorflow/model"
import { DatasetSource, EpochTable, ProgressBar, Training } from "effect-tensorflow/services"
import { LearningRate, Plan } from "effect-tensorflow/train"

/** Trains a small network on a dataset, in a directory, and gives its accuracy on images that it has not seen. */
export const train = Effect.fn("train")(function* (options: { readonly dataset: string; readonly directory: string }) {
  const source = yield* DatasetSource
  const dataset = yield* source.load(options.dataset)
  const network = MnistCnn.make({ input: dataset.train.shape, classes: dataset.classNames.length })
  const plan = Plan.make({ network, dataset }).pipe(
    Plan.epochs(2),
    Plan.batchSize(32),
    Plan.rate(({ total }) => LearningRate.oneCycle({ peak: 0.05, totalSteps: total }))
  )
  const { finished } = yield* Training.train(plan, {
    directory: options.directory,
    reporters: [ProgressBar.make(), EpochTable.make]
  })
  return finished.test.metrics.accuracy ?? 0
})
