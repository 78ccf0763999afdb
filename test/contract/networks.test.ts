import { describe, it } from "@effect/vitest"
import { rows } from "./networks.js"

describe("networks against their sources", () => {
  for (const { check, name } of rows) it.effect(name, () => check, 120_000)
})
