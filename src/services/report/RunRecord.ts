import type {
  EpochEnded,
  Evaluated,
  RunFinished,
  RunStarted,
  RunStopped,
  Scores,
  StepEnded,
  TrainEvent
} from "../../train/TrainEvent.js"

/** What a report shows of a run, from its events. */
export interface RunRecord {
  /** The last `RunStarted`: a resumed run may have more epochs. */
  readonly started: RunStarted
  readonly startedAt: string
  /** The steps at which the run was resumed. */
  readonly resumedAt: ReadonlyArray<number>
  readonly steps: ReadonlyArray<StepEnded>
  /** One for each epoch that ended, in order. */
  readonly epochs: ReadonlyArray<EpochEnded>
  readonly evaluated: Evaluated | null
  readonly end: RunStopped | RunFinished | null
}

/** Folds the events of a run, the first of which is `RunStarted`; of two for the same epoch the later counts. */
export const fromEvents = (started: RunStarted, rest: ReadonlyArray<TrainEvent>): RunRecord => {
  let latest = started
  let evaluated: Evaluated | null = null
  let end: RunStopped | RunFinished | null = null
  const resumedAt: Array<number> = []
  const steps: Array<StepEnded> = []
  const epochs = new Map<number, EpochEnded>()
  for (const event of rest) {
    switch (event._tag) {
      case "RunStarted":
        latest = event
        resumedAt.push(event.step)
        end = null
        break
      case "StepEnded":
        steps.push(event)
        break
      case "EpochEnded":
        epochs.set(event.epoch, event)
        break
      case "Evaluated":
        if (event.set === "test") evaluated = event
        break
      case "RunStopped":
      case "RunFinished":
        end = event
        break
      case "StepRolledBack":
      case "RateScaled":
      case "WeightsRestored":
      case "CheckpointSaved":
      case "ReporterFailed":
        break
    }
  }
  return {
    started: latest,
    startedAt: started.at,
    resumedAt,
    steps,
    epochs: [...epochs.values()].sort((a, b) => a.epoch - b.epoch),
    evaluated,
    end
  }
}

/** Training images per second, without evaluation: from `RunFinished`, else from the steps; null if there are none. */
export const speed = (record: RunRecord): { readonly imagesPerSecond: number; readonly seconds: number } | null => {
  if (record.end?._tag === "RunFinished") return record.end
  const seconds = record.steps.reduce((sum, step) => sum + step.millis, 0) / 1000
  if (seconds === 0) return null
  return { seconds, imagesPerSecond: record.steps.reduce((sum, step) => sum + step.images, 0) / seconds }
}

/** The scores on the test set: those of the end, else the latest. */
export const test = ({ end, epochs, evaluated }: RunRecord): Scores | null =>
  end?._tag === "RunFinished" ? end.test : (evaluated?.scores ?? epochs.at(-1)?.test ?? null)
