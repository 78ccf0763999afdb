import { describe, it } from "@effect/vitest"
import { rows } from "./losses.js"

describe("losses", () => {
  for (const { check, name, source } of rows) it.effect(`${name}: ${source}`, () => check)
})
