import { pathToFileURL } from "node:url"
import { Effect, Path } from "effect"
import type { Kinds } from "../model/Kinds.js"
import { misuse } from "./Usage.js"

const isKinds = (value: unknown): value is Kinds => value instanceof Map && value.size > 0

/** The kinds of layer that a JavaScript module exports, as `kinds` or as its default. The module is run: it is the user's own. */
export const load = Effect.fnUntraced(function* (file: string) {
  const path = (yield* Path.Path).resolve(file)
  const module: unknown = yield* Effect.tryPromise(() => import(pathToFileURL(path).href)).pipe(
    Effect.catch(({ cause }) =>
      misuse(`--kinds: ${path} cannot be imported: ${cause instanceof Error ? cause.message : String(cause)}`)
    )
  )
  const exported = Object.entries(Object(module))
    .filter(([name]) => name === "kinds" || name === "default")
    .map(([, value]) => value)
    .find(isKinds)
  return (
    exported ??
    (yield* misuse(`--kinds: ${path} exports no kinds of layer; expected: export const kinds = Kinds.make([...])`))
  )
})
