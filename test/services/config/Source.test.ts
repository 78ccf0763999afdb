import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Source from "../../../src/services/config/Source.js"
import { isTree, type Tree } from "../../../src/services/config/Tree.js"

const number = Schema.optionalKey(Schema.Int)
const Values = Schema.Struct({
  seed: number,
  augment: Schema.optionalKey(Schema.Array(Schema.Struct({ flip: Schema.Struct({}) }))),
  optimizer: Schema.optionalKey(Schema.Struct({ momentum: number, weightDecay: number })),
  rate: Schema.optionalKey(
    Schema.Struct({
      kind: Schema.optionalKey(Schema.Literals(["constant", "oneCycle"])),
      rate: number,
      peak: number
    })
  ),
  stranger: Schema.optionalKey(Schema.Struct({ rate: Schema.optionalKey(Schema.Struct({ kind: number })) }))
})
type Values = typeof Values.Type

const source = (value: Values, origin: string): Source.Source => Source.make([{ key: "", value, origin }])
const keysOf = (source: Source.Source): ReadonlyArray<string> => Source.entries(source).map(({ key }) => key)

/** Whether each leaf of the values has an origin, each group the same names in both trees. */
const isParallel = (values: Tree, origins: Tree): boolean =>
  Object.keys(values).join() === Object.keys(origins).join() &&
  Object.entries(values).every(([name, value]) => {
    const origin = origins[name]
    return isTree(value) ? isTree(origin) && isParallel(value, origin) : typeof origin === "string"
  })

describe("merging sources", () => {
  it.prop("is associative", [Values, Values, Values], ([a, b, c]) => {
    const [weak, middle, strong] = [source(a, "a"), source(b, "b"), source(c, "c")]
    assert.deepStrictEqual(
      Source.merge(Source.merge(weak, middle), strong),
      Source.merge(weak, Source.merge(middle, strong))
    )
  })

  it.prop("with an empty source changes nothing", [Values], ([a]) => {
    const only = source(a, "a")
    assert.deepStrictEqual(Source.merge(only, Source.empty), only)
    assert.deepStrictEqual(Source.merge(Source.empty, only), only)
  })

  it.prop("takes every value of the stronger source, and of the weaker what is left", [Values, Values], ([a, b]) => {
    const [weak, strong] = [source(a, "a"), source(b, "b")]
    const merged = Source.entries(Source.merge(weak, strong))
    const stronger = Source.entries(strong)
    assert.includeDeepMembers([...merged], [...stronger])
    const rest = merged.filter(({ key }) => !stronger.some((entry) => entry.key === key))
    assert.includeDeepMembers([...Source.entries(weak)], [...rest])
  })

  it.prop("keeps an origin for each value", [Values, Values], ([a, b]) => {
    const { origins, values } = Source.merge(source(a, "a"), source(b, "b"))
    assert.isTrue(isParallel(values, origins))
  })

  it.prop("drops a group's weaker values where the stronger source names its tag", [Values, Values], ([a, b]) => {
    const strong = source({ ...b, rate: { ...b.rate, kind: "constant" } }, "b")
    const inGroup = (of: Source.Source) => keysOf(of).filter((key) => key.startsWith("rate."))
    assert.deepStrictEqual(inGroup(Source.merge(source(a, "a"), strong)), inGroup(strong))
  })
})
