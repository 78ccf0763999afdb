import { Cause, Context, Effect, Exit, Layer, Schema, type Scope } from "effect"
import type { ReporterFailed, TrainEvent } from "../../train/TrainEvent.js"

/**
 * A reporter failed: `reason` says what went wrong, `fix` what to do about it.
 *
 * @category errors
 */
export class ReporterError extends Schema.TaggedError<ReporterError>()("ReporterError", {
  reporter: Schema.String,
  reason: Schema.String,
  fix: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {
  override get message(): string {
    return `reporter ${this.reporter}: ${this.reason}\n  fix: ${this.fix}`
  }
}

/**
 * Gets every event of a run, in order and one at a time. Its resources belong to the scope in which it is made.
 *
 * The run waits for it, even while being interrupted. A reporter that waits for something else makes that wait interruptible, with `Effect.interruptible`.
 *
 * @category models
 */
export interface Reporter {
  readonly name: string
  readonly onEvent: (event: TrainEvent) => Effect.Effect<void, ReporterError>
}

/**
 * An effect that makes a reporter, in a scope if it needs one.
 *
 * @category models
 */
export type Maker<E, R> = Effect.Effect<Reporter, E, R>

// This type lets makers with different requirements share an array: the errors and requirements of all are inferred from their union.
type Makers<M> = ReadonlyArray<M & Maker<Effect.Error<M>, Effect.Services<M>>>

/**
 * Passes events to several reporters: each event goes to all of them, in the given order, before the next event.
 *
 * One that fails or dies gets no more events; after the event, the others get a `ReporterFailed`, and a warning is logged. One that is interrupted only misses that event.
 */
const tellAll = (reporters: ReadonlyArray<Reporter>) => {
  let alive = reporters
  const tell: (event: TrainEvent) => Effect.Effect<void> = Effect.fnUntraced(function* (event) {
    const failures: Array<ReporterFailed> = []
    for (const reporter of alive) {
      const exit = yield* Effect.exit(Effect.suspend(() => reporter.onEvent(event)))
      if (Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)) continue
      alive = alive.filter((other) => other !== reporter)
      const error = Cause.squash(exit.cause)
      const reason = error instanceof Error ? error.message : String(error)
      yield* Effect.logWarning(
        `the reporter ${reporter.name} failed and gets no more events; the run continues: ${reason}`
      )
      failures.push({ _tag: "ReporterFailed", reporter: reporter.name, reason })
    }
    for (const failure of failures) yield* tell(failure)
  })
  return tell
}

/**
 * Watches runs. A failing reporter cannot end a run.
 *
 * @category services
 */
export class Reporters extends Context.Service<
  Reporters,
  { readonly onEvent: (event: TrainEvent) => Effect.Effect<void> }
>()("effect-tensorflow/services/Reporters") {
  /** No reporters. */
  static readonly layerNone: Layer.Layer<Reporters> = Layer.succeed(Reporters, { onEvent: () => Effect.void })

  /**
   * The reporters that `makers` make, in their order. Their scope is that of the layer.
   *
   * @example
   * ```ts
   * import { Effect } from "effect"
   * import { type Reporter, Reporters } from "effect-tensorflow/services"
   *
   * const seen: Array<string> = []
   * const tags: Reporter = { name: "tags", onEvent: ({ _tag }) => Effect.sync(() => void seen.push(_tag)) }
   *
   * const program = Effect.gen(function* () {
   *   const { onEvent } = yield* Reporters
   *   yield* onEvent({ _tag: "RunStopped", step: 3, reason: "interrupted" })
   * })
   * await Effect.runPromise(Effect.provide(program, Reporters.layer([Effect.succeed(tags)])))
   * seen // => ["RunStopped"]
   * ```
   */
  static readonly layer = <M>(
    makers: Makers<M>
  ): Layer.Layer<Reporters, Effect.Error<M>, Exclude<Effect.Services<M>, Scope.Scope>> => {
    const list: ReadonlyArray<Maker<Effect.Error<M>, Effect.Services<M>>> = makers
    return Layer.effect(
      Reporters,
      Effect.map(Effect.all(list), (reporters) => ({ onEvent: tellAll(reporters) }))
    )
  }
}
