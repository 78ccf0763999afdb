import { describe, it } from "@effect/vitest"
import { rows } from "./kernels.js"

describe("kernels", () => {
  for (const { check, name, reference } of rows) it.effect(`${name}: ${reference}`, () => check)
})
