import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as RateFinder from "../../src/train/RateFinder.js"

const numbers = Schema.Array(Schema.Number)
const { searches } = Schema.decodeUnknownSync(
  Schema.fromJsonString(
    Schema.Struct({
      searches: Schema.Array(
        Schema.Struct({
          name: Schema.String,
          losses: numbers,
          smoothed: numbers,
          valley: Schema.Number,
          steepest: Schema.Number
        })
      )
    })
  )
)(readFileSync(new URL("../golden/rate_finder.json", import.meta.url), "utf8"))

const folded = (losses: ReadonlyArray<number>) => losses.reduce(RateFinder.add, RateFinder.start())

describe("the search for a rate", () => {
  it.each(searches)("smooths, ends and suggests as fastai does: $name", ({ losses, smoothed, steepest, valley }) => {
    const search = folded(losses)
    assert.isTrue(search.ended)
    assert.isFalse(folded(losses.slice(0, -1)).ended)
    for (const [i, expected] of smoothed.entries()) assert.closeTo(search.points[i]!.smoothed, expected, 1e-9)
    const suggestion = RateFinder.suggest(search)
    assert.closeTo(suggestion!.valley / valley, 1, 1e-9)
    assert.closeTo(suggestion!.steepest / steepest, 1, 1e-9)
  })

  it("goes from the first rate to the last by equal factors", () => {
    const { points } = folded(searches[0]!.losses)
    assert.closeTo(points[0]!.rate, 1e-7, 1e-20)
    assert.closeTo(points[100]!.rate, 10, 1e-9)
    assert.closeTo(points[51]!.rate / points[50]!.rate, points[2]!.rate / points[1]!.rate, 1e-9)
  })

  it("ends with a loss that is not finite, which is no point of it, and suggests nothing where that is soon", () => {
    const search = folded([2, 2, Number.NaN])
    assert.isTrue(search.ended)
    assert.strictEqual(search.points.length, 2)
    assert.isNull(RateFinder.suggest(search))
    assert.isNull(RateFinder.suggest(RateFinder.start()))
  })
})
