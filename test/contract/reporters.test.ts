import { describe, it } from "@effect/vitest"
import { rows } from "./reporters.js"

describe("reporters, beside what reads their output", () => {
  it.effect.each(rows)("$name", ({ check }) => check)
})
