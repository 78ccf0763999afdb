import { Cause, Context, Effect, Exit, Layer, Schema, type Scope } from "effect"
import type { ReporterFailed, TrainEvent } from "../../train/TrainEvent.js"

/**
 * A reporter cannot report: `reason` says what went wrong, `fix` what to do about it.
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
 * Is told every event of a run, in order and one at a time; may keep what it holds in the scope it was made in.
 *
 * The run waits for it, also when it is interrupted: a reporter that may wait for others makes its waiting interruptible, with `Effect.interruptible`.
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

// Written so that makers with different needs may stand in one array: what all of them together fail with and need is found from their union.
type Makers<M> = ReadonlyArray<M & Maker<Effect.Error<M>, Effect.Services<M>>>

/**
 * Tells several reporters: each event goes to all of them, in the order given, before the next event.
 *
 * One that fails or dies is told nothing more; after the event, the others are told of that, and so is the log. One that is interrupted has only missed an event.
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
        `the reporter ${reporter.name} failed and is told nothing more; the run goes on: ${reason}`
      )
      failures.push({ _tag: "ReporterFailed", reporter: reporter.name, reason })
    }
    for (const failure of failures) yield* tell(failure)
  })
  return tell
}

/**
 * Whoever wants to know how a run goes. Nothing that they do can end it.
 *
 * @category services
 */
export class Reporters extends Context.Service<
  Reporters,
  { readonly onEvent: (event: TrainEvent) => Effect.Effect<void> }
>()("effect-tensorflow/services/Reporters") {
  /** Nobody wants to know. */
  static readonly layerNone: Layer.Layer<Reporters> = Layer.succeed(Reporters, { onEvent: () => Effect.void })

  /** The reporters that `makers` make, in their order; they are closed with the layer. */
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
