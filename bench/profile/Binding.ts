/** What the addon of TensorFlow does, call by call: its functions, wrapped so that each says how long it took. */
import * as tf from "@tensorflow/tfjs-core"

/** The functions of the addon that a step calls. */
interface Binding {
  readonly executeOp: (
    operation: string,
    attributes: unknown,
    inputs: unknown,
    outputs: number
  ) => ReadonlyArray<unknown>
  readonly createTensor: (...args: ReadonlyArray<unknown>) => unknown
  readonly deleteTensor: (...args: ReadonlyArray<unknown>) => unknown
  readonly tensorDataSync: (...args: ReadonlyArray<unknown>) => unknown
}

/** Calls of one kind, and their milliseconds. */
export interface Calls {
  readonly calls: number
  readonly millis: number
}

/** What the addon did: operations by name, uploads, releases, and reads, which wait for what is being computed. */
export interface Recorded {
  readonly operations: Readonly<Record<string, Calls>>
  readonly uploads: Calls
  readonly releases: Calls
  readonly reads: Calls
  /** The outputs of operations. */
  readonly outputs: number
}

const none: Calls = { calls: 0, millis: 0 }

/** Wraps the functions of the loaded addon; `take` gives what was recorded since it was last called. */
export const record = (): { readonly take: () => Recorded } => {
  // The addon has no types; its backend is tfjs-node's.
  const backend = tf.findBackend("tensorflow") as unknown as { binding: Binding }
  const { binding } = backend
  let operations = new Map<string, Calls>()
  let others = new Map<string, Calls>()
  let outputs = 0
  const timed = <A>(into: Map<string, Calls>, name: string, run: () => A): A => {
    const began = performance.now()
    try {
      return run()
    } finally {
      const { calls, millis } = into.get(name) ?? none
      into.set(name, { calls: calls + 1, millis: millis + performance.now() - began })
    }
  }
  // The addon's own object is read-only.
  const define = (functions: Binding): PropertyDescriptorMap =>
    Object.fromEntries(Object.entries(functions).map(([name, value]) => [name, { value }]))
  backend.binding = Object.create(
    binding,
    define({
      executeOp: (operation, attributes, inputs, count) => {
        outputs += count
        return timed(operations, operation, () => binding.executeOp(operation, attributes, inputs, count))
      },
      createTensor: (...args) => timed(others, "uploads", () => binding.createTensor(...args)),
      deleteTensor: (...args) => timed(others, "releases", () => binding.deleteTensor(...args)),
      tensorDataSync: (...args) => timed(others, "reads", () => binding.tensorDataSync(...args))
    })
  )
  return {
    take: () => {
      const recorded = {
        operations: Object.fromEntries(operations),
        uploads: others.get("uploads") ?? none,
        releases: others.get("releases") ?? none,
        reads: others.get("reads") ?? none,
        outputs
      }
      operations = new Map()
      others = new Map()
      outputs = 0
      return recorded
    }
  }
}
