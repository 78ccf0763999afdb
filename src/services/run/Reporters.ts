import { Context, Effect, Layer, Schema, type Scope } from "effect"
import type { TrainEvent } from "../../train/TrainEvent.js"

/** A reporter could not report: `reason` says what went wrong, `fix` what to do about it. */
export class ReporterError extends Schema.TaggedError<ReporterError>()("ReporterError", {
  reporter: Schema.String,
  reason: Schema.String,
  fix: Schema.String
}) {
  override get message(): string {
    return `reporter ${this.reporter}: ${this.reason}\n  fix: ${this.fix}`
  }
}

/** Is told every event of a run, in order and one at a time; may keep what it holds in the scope it was made in. */
export interface Reporter {
  readonly onEvent: (event: TrainEvent) => Effect.Effect<void, ReporterError>
}

/** An effect that makes a reporter, in a scope if it needs one. */
export type Maker<E, R> = Effect.Effect<Reporter, E, R>

// Written so that makers with different needs may stand in one array: what all of them together fail with and need is found from their union.
type Makers<M> = ReadonlyArray<M & Maker<Effect.Error<M>, Effect.Services<M>>>

/** Tells several reporters as one: each event goes to all of them, in the order given, before the next event. */
export const all = <M>(makers: Makers<M>): Maker<Effect.Error<M>, Effect.Services<M>> => {
  const list: ReadonlyArray<Maker<Effect.Error<M>, Effect.Services<M>>> = makers
  return Effect.map(Effect.all(list), (reporters) => ({
    onEvent: (event) => Effect.forEach(reporters, (reporter) => reporter.onEvent(event), { discard: true })
  }))
}

/** Whoever wants to know how a run goes. */
export class Reporters extends Context.Service<Reporters, Reporter>()("effect-tensorflow/services/Reporters") {
  /** Nobody wants to know. */
  static readonly layerNone: Layer.Layer<Reporters> = Layer.succeed(Reporters, { onEvent: () => Effect.void })

  /** The reporters that `makers` make, in their order; they are closed with the layer. */
  static readonly layer = <M>(
    makers: Makers<M>
  ): Layer.Layer<Reporters, Effect.Error<M>, Exclude<Effect.Services<M>, Scope.Scope>> =>
    Layer.effect(Reporters, all(makers))
}
