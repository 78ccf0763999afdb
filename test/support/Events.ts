import type { EpochEnded, Evaluated, Mistake, RunStarted, Scores, TrainEvent } from "../../src/train/TrainEvent.js"

/** How a generated run begins. */
export type Started = RunStarted

/** What a generated run is like; its curves are made up but the same every time. */
export interface Options {
  readonly epochs?: number
  readonly stepsPerEpoch?: number
  readonly classNames?: ReadonlyArray<string>
  readonly validation?: boolean
  readonly mistakes?: number
  readonly channels?: 1 | 3
  readonly metrics?: RunStarted["metrics"]
  readonly details?: Evaluated["details"]
}

export const cifar = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]

const noise = (n: number): number => {
  const x = Math.sin(n * 12.9898) * 43758.5453
  return x - Math.floor(x) - 0.5
}

const scores = (loss: number, accuracy: number, total: number): Scores => {
  const correct = Math.round(accuracy * total)
  return { loss, total, metrics: { accuracy: correct / total } }
}

/** The beginning of a run; resumed after `step` steps, where that many of its events stand. */
export const started = (options: Options = {}, step = 0, events = 0): RunStarted => ({
  _tag: "RunStarted",
  at: "2026-01-02T03:04:05.000Z",
  network: "ResNet-20 (3 blocks a stage, 16 to 64)",
  dataset: "cifar10",
  classNames: options.classNames ?? cifar,
  parameters: 269_722,
  backend: "tensorflow 2.21.0, oneDNN, 2 threads",
  seed: 7,
  epochs: options.epochs ?? 10,
  batchSize: 128,
  stepsPerEpoch: options.stepsPerEpoch ?? 40,
  trainImages: 45_000,
  validationImages: options.validation === true ? 5_000 : 0,
  testImages: 10_000,
  metrics: options.metrics ?? [{ name: "accuracy", goal: "max", unit: "fraction", streams: true }],
  step,
  resumed: step === 0 ? null : { events, location: `checkpoints/step-${step}` }
})

const steps = (epoch: number, stepsPerEpoch: number): ReadonlyArray<TrainEvent> =>
  Array.from({ length: stepsPerEpoch }, (_, i) => {
    const step = epoch * stepsPerEpoch + i
    const millis = 160 + 20 * noise(step)
    const loss = 0.15 + 2.15 * Math.exp(-step / (3 * stepsPerEpoch)) + 0.25 * noise(step + 0.5)
    return {
      _tag: "StepEnded" as const,
      step,
      epoch,
      loss,
      metrics: { accuracy: Math.max(0.05, Math.min(1, 1 - loss / 2.6)) },
      rate: 0.1 * 0.5 ** Math.floor(epoch / 4),
      images: 128,
      millis,
      waitMillis: 2,
      imagesPerSecond: 128_000 / millis
    }
  })

const epochEnded = (epoch: number, options: Options, stepsPerEpoch: number): EpochEnded => {
  const loss = 0.15 + 2.15 * Math.exp(-(epoch + 0.5) / 3)
  const test = 0.35 + 1.8 * Math.exp(-(epoch + 0.8) / 2.5) + 0.08 * noise(epoch)
  return {
    _tag: "EpochEnded",
    epoch,
    step: (epoch + 1) * stepsPerEpoch,
    rate: 0.1 * 0.5 ** Math.floor(epoch / 4),
    train: scores(loss, 1 - loss / 2.6, 45_000),
    validation: options.validation === true ? scores(test + 0.03, 0.97 - test / 2.6, 5_000) : null,
    test: scores(test, 0.98 - test / 2.6, 10_000),
    seconds: 6.4 + noise(epoch),
    imagesPerSecond: 812 + 30 * noise(epoch + 0.25)
  }
}

const mistake = (i: number, classes: number, channels: 1 | 3): Mistake => {
  const size = channels === 1 ? 28 : 32
  const pixels = new Uint8Array(size * size * channels)
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++)
      for (let c = 0; c < channels; c++)
        pixels[(y * size + x) * channels + c] =
          128 + 127 * Math.sin(0.3 * x * (1 + (i % 3)) + c) * Math.cos(0.2 * y * (1 + (i % 4)) - c)
  return {
    index: 37 * i + 11,
    label: i % classes,
    predicted: (i + 1 + (i % 5)) % classes === i % classes ? (i + 1) % classes : (i + 1 + (i % 5)) % classes,
    probability: 0.999 - 0.01 * i,
    height: size,
    width: size,
    channels,
    pixels: Buffer.from(pixels).toString("base64")
  }
}

const confusion = (classes: number): ReadonlyArray<ReadonlyArray<number>> =>
  Array.from({ length: classes }, (_, label) =>
    Array.from({ length: classes }, (_, predicted) =>
      label === predicted
        ? 880 + Math.round(100 * noise(label))
        : Math.max(0, Math.round(24 / (1 + Math.abs(label - predicted)) + 16 * noise(label * 31 + predicted)))
    )
  )

/** The events of a run from its beginning to the last of its epochs, without an end. */
export const epochs = (options: Options = {}): ReadonlyArray<TrainEvent> => {
  const run = started(options)
  return [
    run,
    ...Array.from({ length: run.epochs }, (_, epoch) => [
      ...steps(epoch, run.stepsPerEpoch),
      epochEnded(epoch, options, run.stepsPerEpoch),
      {
        _tag: "CheckpointSaved" as const,
        step: (epoch + 1) * run.stepsPerEpoch,
        location: `checkpoints/${epoch + 1}`
      }
    ]).flat()
  ]
}

/** The events of a run that did all its epochs. */
export const finished = (options: Options = {}): ReadonlyArray<TrainEvent> => {
  const run = started(options)
  const test = scores(0.412, 0.8817, 10_000)
  const classes = run.classNames.length
  return [
    ...epochs(options),
    {
      _tag: "Evaluated",
      set: "test",
      step: run.epochs * run.stepsPerEpoch,
      scores: test,
      intervals: { accuracy: { low: 0.8752, high: 0.8879 } },
      details: options.details ?? [],
      confusion: confusion(classes),
      mistakes: Array.from({ length: options.mistakes ?? 24 }, (_, i) => mistake(i, classes, options.channels ?? 3))
    },
    {
      _tag: "RunFinished",
      epochs: run.epochs,
      step: run.epochs * run.stepsPerEpoch,
      stopped: null,
      seconds: 64.3,
      imagesPerSecond: 806.1,
      test,
      weightDigest: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    }
  ]
}

/** The same run, stopped after `step` steps. */
export const stopped = (step: number, options: Options = {}): ReadonlyArray<TrainEvent> => {
  const whole = epochs(options)
  const cut = whole.findIndex((event) => event._tag === "StepEnded" && event.step >= step)
  return [...whole.slice(0, cut), { _tag: "RunStopped", step, reason: "interrupted" }]
}
