import { Cause, Context, Effect, Layer, Schema, type Scope } from "effect"
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
 * One that fails or dies is told nothing more; the others are told of that, and so is the log.
 */
const tellAll = (reporters: ReadonlyArray<Reporter>) => {
  let alive = reporters
  const tell = (event: TrainEvent): Effect.Effect<void> =>
    Effect.forEach(
      alive,
      (reporter) =>
        Effect.matchCauseEffect(
          Effect.suspend(() => reporter.onEvent(event)),
          {
            onSuccess: () => Effect.void,
            onFailure: (cause) => (Cause.hasInterrupts(cause) ? Effect.interrupt : failed(reporter, cause))
          }
        ),
      { discard: true }
    )
  const failed = (reporter: Reporter, cause: Cause.Cause<ReporterError>) => {
    alive = alive.filter((other) => other !== reporter)
    const error = Cause.squash(cause)
    const message = error instanceof Error ? error.message : String(error)
    const event: ReporterFailed = { _tag: "ReporterFailed", reporter: reporter.name, reason: message }
    return Effect.andThen(
      Effect.logWarning(`the reporter ${reporter.name} failed and is told nothing more; the run goes on: ${message}`),
      tell(event)
    )
  }
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
