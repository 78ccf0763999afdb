/**
 * Times each step of an augmentation on one core, and torchvision's v2 transforms on the same images, in turn, each in processes of its own:
 * `npm run bench -- augment [--python python3] [--size 32] [--size 224] [--rounds 3]`. Prints the fastest and the median processor time per image, and the ratio of the fastest.
 */
import { execFileSync } from "node:child_process"
import { cpus } from "node:os"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { median, print } from "../Report.js"
import { chunkMillis, chunks, images } from "./Settings.js"

const { values } = parseArgs({
  args: process.argv.slice(3),
  options: {
    python: { type: "string", default: "python3" },
    size: { type: "string", multiple: true, default: ["32", "224"] },
    rounds: { type: "string", default: "3" }
  }
})

type Micros = Readonly<Record<string, ReadonlyArray<number>>>

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url))
const run = (command: string, ...args: ReadonlyArray<string>) =>
  JSON.parse(execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }))
const ours = (size: string): Micros => run(process.execPath, "--import", "tsx", here("./Ours.ts"), size)
const theirs = (size: string): { readonly versions: string; readonly micros: Micros } =>
  run(values.python, here("./torchvision.py"), size, String(images(Number(size))), String(chunks), String(chunkMillis))

const together = (rounds: ReadonlyArray<Micros>, name: string) => rounds.flatMap((micros) => micros[name] ?? [])
const show = (times: ReadonlyArray<number>): string =>
  times.length === 0 ? "-" : `${Math.min(...times).toFixed(1)} (${median(times).toFixed(1)})`

print(`${cpus()[0]!.model}, ${cpus().length} cores, node ${process.version}`)
for (const size of values.size) {
  const rounds = Array.from({ length: Number(values.rounds) }, () => ({ ours: ours(size), theirs: theirs(size) }))
  const mine = rounds.map((round) => round.ours)
  const other = rounds.map((round) => round.theirs.micros)
  print(
    `\n${size}x${size}x3, ${rounds[0]!.theirs.versions}, one thread; microseconds of processor time per image, the fastest (and the median) of ${rounds.length} processes of ${chunks} times ${chunkMillis} ms`
  )
  print("| step | ours | torchvision | times as fast |\n| --- | --- | --- | --- |")
  for (const name of Object.keys(mine[0]!)) {
    const [a, b] = [together(mine, name), together(other, name)]
    print(
      `| ${name} | ${show(a)} | ${show(b)} | ${b.length === 0 ? "-" : (Math.min(...b) / Math.min(...a)).toFixed(2)} |`
    )
  }
}
