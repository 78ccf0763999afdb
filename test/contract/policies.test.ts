import { describe, it } from "@effect/vitest"
import { rows } from "./policies.js"

describe("policies", () => {
  for (const { check, name, source } of rows) it.effect(`${name}: ${source}`, () => check)
})
