/** `npm run bench`: times one training step. `npm run bench -- NAME`: another benchmark, each in the file that its name leads to. */
const benchmarks: Readonly<Record<string, () => Promise<unknown>>> = {
  step: () => import("./Step.js"),
  augment: () => import("./augment/index.js"),
  loader: () => import("./loader/index.js")
}

const name = process.argv[2] ?? "step"
const benchmark = benchmarks[name]
if (benchmark === undefined) {
  process.stderr.write(`${name} is not a benchmark; there are ${Object.keys(benchmarks).join(", ")}\n`)
  process.exit(2)
}
await benchmark()
