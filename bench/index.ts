/** `npm run bench`: times training steps and evaluations. `npm run bench -- NAME`: another benchmark, each in the file that its name leads to. */
const benchmarks: Readonly<Record<string, () => Promise<unknown>>> = {
  step: () => import("./step/index.js"),
  summary: () => import("./summary/index.js"),
  kernels: () => import("./kernels/index.js"),
  profile: () => import("./profile/index.js"),
  augment: () => import("./augment/index.js"),
  loader: () => import("./loader/index.js")
}

const [first = ""] = process.argv.slice(2)
const name = first === "" || first.startsWith("--") ? "step" : first
const benchmark = benchmarks[name]
if (benchmark === undefined) {
  process.stderr.write(`${name} is not a benchmark; there are ${Object.keys(benchmarks).join(", ")}\n`)
  process.exit(2)
}
await benchmark()
