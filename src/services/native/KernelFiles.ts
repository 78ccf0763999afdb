/** The files that the sources in `native/kernels` are built to, one for each instruction set. */
import { createHash } from "node:crypto"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Locations from "./Locations.js"

/** What the kernels are built for: any processor of this architecture, AVX2 with FMA, AVX-512. */
export const instructionSets = ["portable", "avx2", "avx512"] as const
export type InstructionSet = (typeof instructionSets)[number]

/** The sources; they are part of this package. */
export const sources = fileURLToPath(new URL("../../../native/kernels", import.meta.url))

const flags: Record<InstructionSet, ReadonlyArray<string>> = {
  portable: ["-DVECTOR_WIDTH=4"],
  avx2: ["-DVECTOR_WIDTH=8", "-mavx2", "-mfma"],
  avx512: [
    ...["-DVECTOR_WIDTH=16", "-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mfma"],
    "-mprefer-vector-width=512"
  ]
}

/** What the compiler is told for an instruction set. */
export const flagsFor = (set: InstructionSet): ReadonlyArray<string> => [
  ...["-shared", "-fPIC", "-pthread", "-O3", "-std=gnu++17", "-ffp-contract=fast", "-fno-math-errno"],
  ...["-DNAPI_VERSION=8", ...flags[set]]
]

let known: string | undefined

/** Eight hexadecimal digits that name the sources and how they are built. */
export const digest = (): string => {
  known ??= createHash("sha256").update(described()).digest("hex").slice(0, 8)
  return known
}

const described = (): string => {
  const files = readdirSync(sources)
    .filter((name) => /\.(h|cc)$/.test(name))
    .sort()
    .map((name) => [name, readFileSync(join(sources, name), "utf8")])
  return JSON.stringify([files, instructionSets.map(flagsFor)])
}

/** Where the build for an instruction set belongs, beside the addon of the npm package in `directory`. */
export const pathOf = (directory: string, set: InstructionSet): string =>
  join(dirname(Locations.binaryPath(directory)), `kernels-${digest()}-${set}.node`)

/** The instruction sets for which the current sources are built there. */
export const builtIn = (directory: string): ReadonlyArray<InstructionSet> =>
  instructionSets.filter((set) => existsSync(pathOf(directory, set)))

/** What a file is the build of, if it is one. */
export const parse = (path: string): { readonly digest: string; readonly set: InstructionSet } | undefined => {
  const [, digest, name] = /^kernels-([0-9a-f]{8})-(\w+)\.node$/.exec(basename(path)) ?? []
  const set = instructionSets.find((set) => set === name)
  return digest === undefined || set === undefined ? undefined : { digest, set }
}
