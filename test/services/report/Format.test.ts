import { assert, describe, it } from "@effect/vitest"
import * as Format from "../../../src/services/report/Format.js"

describe("Format", () => {
  it("keeps numbers short and readable", () => {
    assert.deepStrictEqual([0, 2.25684, 123.456, 1e30, Number.NaN].map(Format.loss), [
      "0.0000",
      "2.2568",
      "123.5",
      "1.00e+30",
      "NaN"
    ])
    assert.deepStrictEqual([0, 0.1, 0.0123456, 0.00001234567, 1e-7].map(Format.rate), [
      "0",
      "0.1",
      "0.01235",
      "1.235e-5",
      "1e-7"
    ])
    assert.deepStrictEqual([4.4, 59.6, 125, 7620].map(Format.duration), ["4s", "1m 00s", "2m 05s", "2h 07m"])
    assert.deepStrictEqual([0.98765, 1].map(Format.percent), ["98.77%", "100.00%"])
    assert.strictEqual(Format.instant("2026-01-02T03:04:05.678Z"), "2026-01-02 03:04 UTC")
    assert.strictEqual(Format.instant("today"), "today")
  })
})
