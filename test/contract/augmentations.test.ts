import { describe, it } from "@effect/vitest"
import { rows } from "./augmentations.js"

describe("augmentations against their sources", () => {
  for (const { check, name } of rows) it.effect(name, () => check)
})
