import { describe, it } from "@effect/vitest"
import { rows } from "./schedules.js"

describe("schedules", () => {
  for (const { check, name, source } of rows) it.effect(`${name}: ${source}`, () => check)
})
