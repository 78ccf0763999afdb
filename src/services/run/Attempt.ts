import { Effect } from "effect"
import { PartError, TensorLeakError } from "../../train/TrainError.js"
import { BackendError } from "../native/BackendError.js"

/** Runs a part of the plan; what it throws becomes a typed error. */
export const attempt = <A>(f: () => A): Effect.Effect<A, PartError | TensorLeakError | BackendError> =>
  Effect.try({
    try: f,
    catch: (cause) =>
      cause instanceof PartError || cause instanceof TensorLeakError
        ? cause
        : new BackendError({
            reason: cause instanceof Error ? cause.message : String(cause),
            fix: "this is a defect of effect-tensorflow: please report it",
            cause
          })
  })
