import { Writable } from "node:stream"
import cliProgress from "cli-progress"
import { Clock, Duration, Effect, type Scope, type Stdio } from "effect"
import type { RunStarted, StepEnded, TrainEvent } from "../../train/TrainEvent.js"
import * as Format from "../report/Format.js"
import * as MetricColumns from "../report/MetricColumns.js"
import type { Reporter, ReporterError } from "../run/Reporters.js"
import * as ErrorOutput from "./ErrorOutput.js"

interface Shown {
  readonly epoch: string
  readonly loss: string
  /** The first metric with its name, or nothing. */
  readonly metric: string
  readonly speed: string
  readonly left: string
}

interface Display {
  readonly step: (event: StepEnded, run: RunStarted, shown: Shown) => Effect.Effect<void, ReporterError>
  /** Clears the bar, so that others can write. */
  readonly rest: Effect.Effect<void, ReporterError>
}

// The bar writes to a stream, whose text is then written out as an effect. It also saves and restores the cursor as an absolute row, which is
// wrong as soon as anything was written below; those two codes are left out.
const bar = (output: ErrorOutput.ErrorOutput): Effect.Effect<Display, never, Scope.Scope> =>
  Effect.gen(function* () {
    let pending = ""
    const stream = Object.assign(
      new Writable({
        write: (chunk, _, done) => {
          const text = String(chunk)
          if (text !== "\u001b7" && text !== "\u001b8") pending += text
          done()
        }
      }),
      { isTTY: true }
    )
    const single = new cliProgress.SingleBar(
      {
        stream,
        format: "epoch {epoch} [{bar}] {percentage}%  loss {loss}  {metric}{speed} images/s  {left} left",
        barsize: 24,
        hideCursor: true,
        clearOnComplete: true
      },
      cliProgress.Presets.shades_classic
    )
    let running = false
    const flush = Effect.suspend(() => {
      const text = pending
      pending = ""
      return text === "" ? Effect.void : output.write(text)
    })
    const rest = Effect.suspend(() => {
      if (running) single.stop()
      running = false
      return flush
    })
    yield* Effect.addFinalizer(() => Effect.ignore(rest))
    return {
      step: (event, run, shown) =>
        Effect.suspend(() => {
          const done = (event.step % run.stepsPerEpoch) + 1
          if (running) single.update(done, shown)
          else single.start(run.stepsPerEpoch, done, shown)
          running = true
          return flush
        }),
      rest
    }
  })

const lines = (output: ErrorOutput.ErrorOutput, every: Duration.Duration): Effect.Effect<Display> =>
  Effect.map(Clock.currentTimeMillis, (now) => {
    let last = now
    return {
      step: Effect.fnUntraced(function* (event, run, shown) {
        const now = yield* Clock.currentTimeMillis
        if (now - last < Duration.toMillis(every)) return
        last = now
        const done = (event.step % run.stepsPerEpoch) + 1
        yield* output.write(
          `epoch ${shown.epoch}  step ${done}/${run.stepsPerEpoch}  loss ${shown.loss}  ${shown.metric}${shown.speed} images/s  ${shown.left} left\n`
        )
      }),
      rest: Effect.void
    }
  })

/**
 * A reporter that shows the progress of a run on standard error: a bar if it is a terminal, else a line at most every 10 seconds (`every`).
 *
 * Loss, the first metric and speed are means over the epoch so far; the time left includes evaluation, once there was one.
 * The bar is cleared at every event but a step, so it must come before reporters that write to the terminal.
 *
 * @category constructors
 */
export const make = Effect.fnUntraced(function* (
  options: { readonly every?: Duration.Duration } = {}
): Effect.fn.Return<Reporter, never, Stdio.Stdio | Scope.Scope> {
  const output = yield* ErrorOutput.make("progress")
  const display = yield* output.isTerminal ? bar(output) : lines(output, options.every ?? Duration.seconds(10))
  let run: RunStarted | null = null
  let begun = 0
  let epoch = { number: -1, images: 0, loss: 0, metric: 0, millis: 0 }

  const onStep = Effect.fnUntraced(function* (event: StepEnded, run: RunStarted) {
    if (event.epoch !== epoch.number) epoch = { number: event.epoch, images: 0, loss: 0, metric: 0, millis: 0 }
    epoch.images += event.images
    epoch.loss += event.loss * event.images
    const { name } = MetricColumns.first(run)
    epoch.metric += (event.metrics[name] ?? Number.NaN) * event.images
    epoch.millis += event.millis
    const done = event.step + 1
    const millisPerStep = ((yield* Clock.currentTimeMillis) - begun) / (done - run.step)
    yield* display.step(event, run, {
      epoch: `${event.epoch + 1}/${run.epochs}`,
      loss: Format.loss(epoch.loss / epoch.images),
      metric:
        event.metrics[name] === undefined
          ? ""
          : `${MetricColumns.short(name)} ${Format.score(name, epoch.metric / epoch.images, run.metrics)}  `,
      speed: Format.integer((1000 * epoch.images) / epoch.millis),
      left: Format.duration((millisPerStep * (run.epochs * run.stepsPerEpoch - done)) / 1000)
    })
  })

  const onEvent = Effect.fnUntraced(function* (event: TrainEvent) {
    if (event._tag === "RunStarted") {
      run = event
      begun = yield* Clock.currentTimeMillis
    }
    yield* event._tag === "StepEnded" && run !== null ? onStep(event, run) : display.rest
  })
  return { name: "progress", onEvent }
})
