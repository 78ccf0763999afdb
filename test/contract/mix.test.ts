import { describe, it } from "@effect/vitest"
import { rows } from "./mix.js"

describe("mixing", () => {
  for (const { check, name, source } of rows) it.effect(`${name}: ${source}`, () => check)
})
