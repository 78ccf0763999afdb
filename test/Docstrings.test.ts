import { assert, describe, it } from "@effect/vitest"
import { extract } from "../scripts/docstrings/Example.js"
import { all, check } from "../scripts/docstrings/index.js"

/** The examples of a docstring with this program. */
const example = (...code: ReadonlyArray<string>) =>
  extract(
    "src/x.ts",
    ["/**", " * @example", " * ```ts", ...code.map((line) => ` * ${line}`), " * ```", " */"].join("\n")
  )

describe("the examples in docstrings", () => {
  it("compile, run, and have the values that they are said to have", { timeout: 300_000 }, async () => {
    assert.deepStrictEqual((await check(all())).problems, [])
  })

  it("assert with `// =>` after an expression, a declaration, and what is printed", { timeout: 60_000 }, async () => {
    const { assertions, problems } = await check([
      ...example(
        `import { Console, Effect, Option } from "effect"`,
        `import { Statistics } from "effect-tensorflow/data"`,
        `Statistics.imagenet.mean // => [0.485, 0.456, 0.406]`,
        `const third = 1 / 3 // => 0.333333`,
        `Float32Array.of(third, 1) // => [0.333333, 1]`,
        `Option.some({ a: [1] }) // => Option.some({ a: [1] })`,
        `Promise.resolve("waited for") // => "waited for"`,
        `const program = Effect.gen(function* () {`,
        `  yield* Console.log(third) // => 0.333333`,
        `  yield* Effect.succeed(1) // => 1`,
        `})`,
        `Effect.runPromise(`,
        `  program`,
        `) // => undefined`
      ),
      ...example(
        `import { NodeRuntime } from "@effect/platform-node"`,
        `import { Console, Effect } from "effect"`,
        `import { Backend } from "effect-tensorflow/services"`,
        `const program = Effect.gen(function* () {`,
        `  const { report } = yield* Backend`,
        `  yield* Console.log(report.backend) // => "cpu"`,
        `})`,
        `program.pipe(Effect.provide(Backend.layerCpu), NodeRuntime.runMain)`
      )
    ])
    assert.deepStrictEqual(problems, [])
    assert.strictEqual(assertions, 9)
  })

  it("that fail are named with their line", { timeout: 60_000 }, async () => {
    const { problems } = await check([
      ...example("const a = 1", "a + 1 // => 3"),
      ...example("[1, 2] // => [1]"),
      ...example("if (Math.sqrt(4) === 3) {", "  5 // => 5", "}"),
      ...example("const f = () => {", `  throw new Error("no")`, "}", "f()"),
      ...example("process.exit(3)")
    ])
    assert.strictEqual(problems.length, 5, problems.join("\n"))
    for (const [i, expected] of [
      /^src\/x.ts:5: is 2, not 3$/,
      /^src\/x.ts:4: is \[ 1, 2 \], not \[ 1 \]$/,
      /^src\/x.ts:5: the assertion never ran$/,
      /^src\/x.ts:4: Error: no\n.*src\/x.ts:5:/,
      /^src\/x.ts:4: ended with status 3/
    ].entries())
      assert.match(problems[i] ?? "", expected)
  })

  it.each([
    [["const a: string = 1", "a // => 1"], /^src\/x.ts:4: error TS2322: Type 'number' is not assignable/],
    [["5 // => the number five"], /^src\/x.ts:4: `the number five` is not an expression/],
    [["// => 5"], /^src\/x.ts:4: `\/\/ =>` asserts the value of a statement that ends on the same line/]
  ] as const)("that do not compile are named with their line: %j", { timeout: 60_000 }, async (code, expected) => {
    const { problems } = await check(example(...code))
    assert.strictEqual(problems.length, 1, problems.join("\n"))
    assert.match(problems[0] ?? "", expected)
  })

  it("fenced as `ts no-run` are only compiled", { timeout: 60_000 }, async () => {
    const source = "/**\n * @example\n * ```ts no-run\n * process.exit(3)\n * ```\n */"
    assert.deepStrictEqual((await check(extract("src/x.ts", source))).problems, [])
  })
})
