import * as tf from "@tensorflow/tfjs-core"
import { Effect, Predicate, type Scope } from "effect"
import * as Tape from "../../internal/Tape.js"
import { BackendError } from "../native/BackendError.js"
import { Backend } from "./Backend.js"

/**
 * Runs synchronous math over tensors. Tensors that `f` makes and does not return are freed at once; those that it returns are freed
 * when the enclosing scope closes.
 *
 * `f` is synchronous, so that no other fiber makes tensors meanwhile.
 *
 * **Ownership** tensors of the result that `f` did not make stay with their owner.
 * **Errors** `BackendError` when `f` throws, as tfjs does on shapes that do not fit.
 *
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs-core"
 * import { Effect } from "effect"
 * import { Backend, TensorScope } from "effect-tensorflow/services"
 *
 * const program = Effect.gen(function* () {
 *   const { memory } = yield* Backend
 *   const before = memory().numTensors
 *   const sum = yield* TensorScope.compute(() => tf.sum(tf.tensor1d([1, 2, 3]))).pipe(
 *     Effect.map((total) => total.dataSync()[0]),
 *     Effect.scoped
 *   )
 *   return { sum, left: memory().numTensors - before }
 * })
 * await Effect.runPromise(Effect.provide(program, Backend.layerCpu)) // => { sum: 6, left: 0 }
 * ```
 *
 * @category computing
 */
export const compute = <A>(f: () => A): Effect.Effect<A, BackendError, Backend | Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(run(f), ({ made }) => Effect.sync(() => tf.dispose(made))),
    ({ value }) => value
  )

/** The tensors in `value`, each once. */
const tensorsIn = (value: unknown): Array<tf.Tensor> => {
  const found = new Set<tf.Tensor>()
  const seen = new Set<object>()
  const visit = (part: unknown): void => {
    if (part instanceof tf.Tensor) found.add(part)
    else if (Predicate.isObjectOrArray(part) && !ArrayBuffer.isView(part) && !seen.has(part)) {
      seen.add(part)
      Object.values(part).forEach(visit)
    }
  }
  visit(value)
  return [...found]
}

/** The value of `f`, and the tensors in it that `f` made. */
const run = <A>(f: () => A): Effect.Effect<{ value: A; made: Array<tf.Tensor> }, BackendError, Backend> =>
  Effect.flatMap(Backend, () =>
    Effect.try({
      try: () => {
        let value: A
        let scope: number
        const returned = tf.tidy(() => {
          scope = tf.engine().state.activeScope.id
          value = f()
          return tensorsIn(value)
        })
        return { value: value!, made: returned.filter(({ scopeId }) => scopeId === scope) }
      },
      catch: (cause) => {
        Tape.discard()
        return new BackendError({
          reason: cause instanceof Error ? cause.message : String(cause),
          fix: "compare the shapes in the message with those that the operation wants",
          cause
        })
      }
    })
  )
