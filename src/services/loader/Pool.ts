import { createRequire } from "node:module"
import { pathToFileURL } from "node:url"
import { Worker } from "node:worker_threads"
import { Effect, type Scope } from "effect"
import type { Batch } from "../../data/Batches.js"
import { DatasetError } from "../../data/DatasetError.js"
import { type Images, isStored } from "../../data/Images.js"
import type { Answer, Request, SetOptions } from "./Messages.js"

/** Threads that make batches, for the lifetime of the scope that they were started in. */
export interface Pool {
  /** Makes a set known to the threads; the function asks for a batch. The threads forget it when the scope closes. */
  readonly open: (
    images: Images,
    options: SetOptions
  ) => Effect.Effect<(epoch: number, index: number) => Effect.Effect<Batch, DatasetError>, never, Scope.Scope>
}

type Resume = (effect: Effect.Effect<Batch, DatasetError>) => void

interface Thread {
  readonly worker: Worker
  readonly waiting: Map<number, Resume>
  failure: DatasetError | undefined
}

/** The program of a thread. In a checkout it is TypeScript, which a thread of Node runs only after its loader was registered there. */
const startProgram = (): Worker => {
  // Nothing of it goes to the streams of the program, which belong to the command line.
  const options = { stdout: true, stderr: true }
  if (!import.meta.url.endsWith(".ts")) return new Worker(new URL("./Worker.js", import.meta.url), options)
  // `require` would resolve "tsx/esm/api" to the module for CommonJS.
  const loader = new URL("./esm/api/index.mjs", pathToFileURL(createRequire(import.meta.url).resolve("tsx"))).href
  const program = new URL("./Worker.ts", import.meta.url).href
  return new Worker(
    `import(${JSON.stringify(loader)}).then(({ register }) => { register(); return import(${JSON.stringify(program)}) })`,
    { ...options, eval: true }
  )
}

const ended = (reason: string, cause?: unknown): DatasetError =>
  new DatasetError({
    op: "read",
    reason: `a thread that makes batches ended: ${reason}`,
    fix: "if memory is short, make the batch smaller; with loader.workers=0 the batches are made in the main thread, without threads",
    ...(cause === undefined ? {} : { cause })
  })

const start = (): Thread => {
  const thread: Thread = {
    worker: startProgram(),
    waiting: new Map(),
    failure: undefined
  }
  const fail = (failure: DatasetError) => {
    thread.failure ??= failure
    for (const resume of thread.waiting.values()) resume(Effect.fail(thread.failure))
    thread.waiting.clear()
  }
  thread.worker.on("message", (answer: Answer) => {
    const resume = thread.waiting.get(answer.request)
    thread.waiting.delete(answer.request)
    resume?.(effectOf(answer))
  })
  thread.worker.on("error", (cause) => fail(ended(cause instanceof Error ? cause.message : String(cause), cause)))
  thread.worker.on("exit", (code) => fail(ended(`it left with status ${code}`)))
  return thread
}

const effectOf = (answer: Answer): Effect.Effect<Batch, DatasetError> => {
  switch (answer._tag) {
    case "Made":
      return Effect.succeed(answer.batch)
    case "Failed":
      return Effect.fail(new DatasetError({ op: answer.op, reason: answer.reason, fix: answer.fix }))
    case "Defect":
      return Effect.die(new Error(answer.text))
  }
}

/** Shared memory with the pixels of each block of memory that was asked for, so that it is copied once. */
const shared = new WeakMap<ArrayBufferLike, Map<string, Uint8Array>>()

/** The set with pixels in memory that threads share. */
const shareable = (images: Images): Images => {
  if (isStored(images) || images.images.buffer instanceof SharedArrayBuffer) return images
  const { buffer, byteOffset, length } = images.images
  const copies = shared.get(buffer) ?? new Map<string, Uint8Array>()
  shared.set(buffer, copies)
  const key = `${byteOffset} ${length}`
  const copy = copies.get(key) ?? new Uint8Array(new SharedArrayBuffer(length))
  if (!copies.has(key)) copy.set(images.images)
  copies.set(key, copy)
  return { ...images, images: copy }
}

/** Starts threads, which are gone when the scope has closed. */
export const make = (threads: number): Effect.Effect<Pool, never, Scope.Scope> =>
  Effect.gen(function* () {
    const all = yield* Effect.acquireRelease(
      Effect.sync(() => Array.from({ length: threads }, start)),
      (all) => Effect.promise(() => Promise.all(all.map(({ worker }) => worker.terminate())))
    )
    let sets = 0
    let requests = 0
    const tell = (message: Request) =>
      Effect.sync(() => {
        for (const { worker } of all) worker.postMessage(message)
      })
    return {
      open: Effect.fnUntraced(function* (images, options) {
        const set = sets++
        yield* Effect.acquireRelease(tell({ _tag: "Open", set, images: shareable(images), options }), () =>
          tell({ _tag: "Close", set })
        )
        return (epoch, index) =>
          Effect.callback<Batch, DatasetError>((resume) => {
            const request = requests++
            // In turn, so that each thread has its next batch to make while the program is busy.
            const { failure, waiting, worker } = all[request % all.length]!
            if (failure !== undefined) return resume(Effect.fail(failure))
            waiting.set(request, resume)
            worker.postMessage({ _tag: "Make", request, set, epoch, index } satisfies Request)
            return Effect.sync(() => {
              waiting.delete(request)
            })
          })
      })
    }
  })
