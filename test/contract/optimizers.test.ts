import { describe, it } from "@effect/vitest"
import { rows } from "./optimizers.js"

describe("optimizers", () => {
  for (const { check, name, source } of rows) it.effect(`${name}: ${source}`, () => check)
})
