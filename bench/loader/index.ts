/**
 * Times our loader on a folder of JPEGs that stay on the disk, beside torchvision's ImageFolder in a DataLoader with as many workers, in turn, each in processes of its own:
 * `npm run bench -- loader DIR [--python python3] [--workers 0,1,2] [--size 256] [--images 2048] [--rounds 5]`. Both decode, flip half of the images at random, and
 * collate uint8 batches of 64. Prints the most and the median images per second, and those of decoding alone. `make-jpegs.ts` makes DIR.
 */
import { execFileSync } from "node:child_process"
import { cpus, loadavg } from "node:os"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import sharp from "sharp"
import { median, print } from "../Report.js"

const { positionals, values } = parseArgs({
  args: process.argv.slice(3),
  allowPositionals: true,
  options: {
    python: { type: "string", default: "python3" },
    workers: { type: "string", default: "0,1,2" },
    size: { type: "string", default: "256" },
    images: { type: "string", default: "2048" },
    rounds: { type: "string", default: "5" }
  }
})
const [directory] = positionals
if (directory === undefined)
  throw new Error("usage: npm run bench -- loader DIR, which bench/loader/make-jpegs.ts makes")
const batchSize = 64
// The first batches start threads and warm up.
const warm = 8 * batchSize
const images = Math.ceil(Number(values.images) / batchSize) * batchSize

interface Timed {
  readonly imagesPerSecond: number
  readonly cpuMillis: number
}
const here = (file: string) => fileURLToPath(new URL(file, import.meta.url))
const run = (command: string, ...args: ReadonlyArray<string>) =>
  JSON.parse(
    execFileSync(command, [...args, values.size, String(batchSize), String(warm), String(images)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"]
    })
  )
const ours = (workers: string): Timed => run(process.execPath, "--import", "tsx", here("./Ours.ts"), directory, workers)
const theirs = (workers: string): { readonly versions: string; readonly imagesPerSecond: number } =>
  run(values.python, here("./torchvision.py"), directory, workers)

const rates = (all: ReadonlyArray<{ readonly imagesPerSecond: number }>) => all.map((one) => one.imagesPerSecond)
const show = (all: ReadonlyArray<number>): string => `${Math.round(Math.max(...all))} (${Math.round(median(all))})`

const rounds = Array.from({ length: Number(values.rounds) }, () => ({
  decoding: ours("decode"),
  loading: values.workers.split(",").map((workers) => ({ workers, ours: ours(workers), theirs: theirs(workers) }))
}))
const { versions } = rounds[0]!.loading[0]!.theirs
print(`${cpus()[0]!.model}, ${cpus().length} cores, load ${loadavg()[0]!.toFixed(1)}, node ${process.version}`)
print(`sharp ${sharp.versions.sharp}, libvips ${sharp.versions.vips}, ${versions}`)
print(
  `\n${values.size}x${values.size}x3, images per second, the most (and the median) of ${rounds.length} processes of ${images} images; the least processor time per image`
)
print("| workers | ours | torchvision | times as fast | ours, processor |\n| --- | --- | --- | --- | --- |")
const least = (all: ReadonlyArray<Timed>) => `${Math.min(...all.map(({ cpuMillis }) => cpuMillis)).toFixed(2)} ms`
for (const [i, { workers }] of rounds[0]!.loading.entries()) {
  const mine = rounds.map(({ loading }) => loading[i]!.ours)
  const [a, b] = [rates(mine), rates(rounds.map(({ loading }) => loading[i]!.theirs))]
  print(
    `| ${workers} | ${show(a)} | ${show(b)} | ${(Math.max(...a) / Math.max(...b)).toFixed(2)} (${(median(a) / median(b)).toFixed(2)}) | ${least(mine)} |`
  )
}
const decoding = rounds.map((round) => round.decoding)
print(`| sharp decoding alone | ${show(rates(decoding))} | | | ${least(decoding)} |`)
