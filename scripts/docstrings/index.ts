/** Compiles and runs the examples in docstrings: `index.ts [PATH...]`, where a PATH is a beginning such as `src/data`. */
import { execFile } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import buildIfStale from "../build-if-stale.js"
import { type Example, extract, instrument, type Program } from "./Example.js"
import type { Happened } from "./run.js"

/** What came of the examples: how many, and where they fail. */
export interface Outcome {
  readonly examples: number
  readonly assertions: number
  /** Each begins with `path:line: `. */
  readonly problems: ReadonlyArray<string>
}

interface Prepared extends Example, Program {
  readonly name: string
}

const root = fileURLToPath(new URL("../..", import.meta.url))
const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc")
const limitMillis = 120_000

const execute = (args: ReadonlyArray<string>) =>
  new Promise<{ readonly status: number; readonly output: string }>((resolve) => {
    const child = execFile(process.execPath, args, { cwd: root, timeout: limitMillis }, (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : (child.exitCode ?? -1), output: stdout + stderr })
    )
  })

/** Examples that may run in one process: tfjs has one selected backend, and `runMain` ends its process. */
const processOf = ({ code, name }: Prepared): string => {
  const layers = new Set(code.match(/\bBackend\.layer\w*/g))
  return /\brunMain\b/.test(code) || layers.size > 1 ? name : ([...layers][0] ?? "")
}

/** Compiles all examples in one go, then runs them, in one process for each backend. */
export const check = async (examples: ReadonlyArray<Example>): Promise<Outcome> => {
  buildIfStale()
  mkdirSync(join(root, ".vitest"), { recursive: true })
  // Within the package, so that `effect-tensorflow` is this one.
  const folder = mkdtempSync(join(root, ".vitest", "docstrings-"))
  try {
    const prepared = examples.map((example, i): Prepared => {
      const name = `${example.path.replace(/\.ts$/, "").replaceAll(/[^\w]/g, "_")}_${i}`
      return { ...example, ...instrument(example.code), name }
    })
    const byName = new Map(prepared.map((example) => [example.name, example]))
    /** Lines of the temporary files as lines of the sources. */
    const located = (text: string): string =>
      text.replaceAll(/(?:file:\/\/)?[^\s(]*?(\w+_\d+)\.(?:ts|js)(?::(\d+):\d+|\((\d+),\d+\):)/g, (all, name, a, b) => {
        const example = byName.get(name)
        return example === undefined ? all : `${example.path}:${example.line + Number(a ?? b) - 1}:`
      })
    const problems = prepared.flatMap(({ line, path, problems }) =>
      problems.map((problem) => `${path}:${line + problem.line - 1}: ${problem.reason}`)
    )
    if (problems.length === 0) {
      for (const { code, name } of prepared) writeFileSync(join(folder, `${name}.ts`), code)
      problems.push(...(await compile(folder)).map(located))
    }
    if (problems.length === 0) problems.push(...(await run(folder, prepared)).map(located))
    return {
      examples: prepared.length,
      assertions: prepared.reduce((sum, { assertions }) => sum + assertions.length, 0),
      problems
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const compile = async (folder: string): Promise<ReadonlyArray<string>> => {
  writeFileSync(
    join(folder, "globals.d.ts"),
    "declare const __same: (assertion: number, actual: unknown, expected: unknown) => void\n"
  )
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({
      extends: "../../tsconfig.json",
      compilerOptions: {
        ...{ noEmit: false, inlineSourceMap: true, moduleDetection: "force" },
        ...{ noUnusedLocals: false, noUnusedParameters: false }
      },
      include: ["*.ts"]
    })
  )
  const { output, status } = await execute([compiler, "-p", folder, "--pretty", "false"])
  return status === 0 ? [] : output.trim().split(/\n(?=\S)/)
}

const run = async (folder: string, examples: ReadonlyArray<Prepared>): Promise<ReadonlyArray<string>> => {
  const processes = new Map<string, Array<Prepared>>()
  for (const example of examples) {
    if (!example.runs) continue
    const key = processOf(example)
    processes.set(key, [...(processes.get(key) ?? []), example])
  }
  const results = join(folder, "results")
  const problems: Array<string> = []
  for (const group of processes.values()) {
    rmSync(results, { force: true })
    const files = group.map(({ name }) => join(folder, `${name}.js`))
    const runner = fileURLToPath(new URL("run.ts", import.meta.url))
    const ended = await execute(["--import", "tsx", "--enable-source-maps", runner, results, ...files])
    const happened = existsSync(results)
      ? readFileSync(results, "utf8")
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line) as Happened)
      : []
    const unfinished = group.find(({ name }) => !happened.some((it) => it._tag === "Ended" && it.name === name))
    for (const example of group) {
      const own = happened.filter(({ name }) => name === example.name)
      const at = (line: number, what: string) => problems.push(`${example.path}:${example.line + line - 1}: ${what}`)
      const crashed = example === unfinished || (unfinished === undefined && group.length === 1 && ended.status !== 0)
      if (crashed) at(1, `ended with status ${ended.status}\n${ended.output}`)
      for (const [i, line] of example.assertions.entries()) {
        const outcomes = own.filter((it) => it._tag === "Asserted" && it.assertion === i)
        const failure = outcomes.find((it) => it.failure !== undefined)?.failure
        if (failure !== undefined) at(line, failure)
        else if (outcomes.length === 0 && !crashed) at(line, "the assertion never ran")
      }
      for (const it of own) if (it._tag === "Ended" && it.failure !== undefined) at(1, it.failure)
    }
  }
  return problems
}

/** The examples of all files under `src` whose path begins with one of `paths`. */
export const all = (paths: ReadonlyArray<string> = [""]): ReadonlyArray<Example> =>
  readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
    .map((name) => `src/${name.replaceAll("\\", "/")}`)
    .filter((path) => path.endsWith(".ts") && paths.some((beginning) => path.startsWith(beginning)))
    .sort()
    .flatMap((path) => extract(path, readFileSync(join(root, path), "utf8")))

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const paths = process.argv.slice(2)
  const { assertions, examples, problems } = await check(all(paths.length === 0 ? undefined : paths))
  if (problems.length > 0) {
    console.error(problems.join("\n"))
    process.exit(1)
  }
  console.log(`docstrings: ${examples} examples compiled and run, ${assertions} assertions hold`)
}
