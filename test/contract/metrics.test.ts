import { describe, it } from "@effect/vitest"
import { rows } from "./metrics.js"

describe("metrics", () => {
  for (const { check, name } of rows) it.effect(name, () => check)
})
