import { readFileSync } from "node:fs"
import type { InstructionSet } from "./KernelFiles.js"

/** Extensions that TensorFlow's kernels make use of, fastest last. */
const relevant = ["sse4_2", "avx", "avx2", "fma", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_bf16"]

/** All extensions of this processor; `null` where the system does not tell. */
const flags = (): ReadonlySet<string> | null => {
  try {
    const line = /^flags\s*:(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1]
    return line === undefined ? null : new Set(line.split(" "))
  } catch {
    return null
  }
}

/** The extensions of this processor that kernels are chosen by; `null` where the system does not tell. */
export const extensions = (): ReadonlyArray<string> | null => {
  const all = flags()
  return all && relevant.filter((flag) => all.has(flag))
}

/** The cap on instruction sets, for oneDNN and for our kernels. */
const cap = (): string | undefined => process.env.ONEDNN_MAX_CPU_ISA || undefined

/** What the bits of a result depend on: the extensions, and the cap that `ONEDNN_MAX_CPU_ISA` sets. */
export const instructions = (): string => {
  const most = cap()
  return [...(extensions() ?? ["unknown"]), ...(most === undefined ? [] : [`at most ${most}`])].join(" ")
}

const needed: ReadonlyArray<readonly [InstructionSet, ReadonlyArray<string>]> = [
  ["avx512", ["avx512f", "avx512bw", "avx512dq", "avx512vl", "avx2", "fma"]],
  ["avx2", ["avx2", "fma"]],
  ["portable", []]
]

/** The instruction sets of our kernels that a processor with these extensions has and the cap allows, the fastest first. */
export const instructionSetsOf = (
  extensions: ReadonlySet<string>,
  most: string | undefined
): ReadonlyArray<InstructionSet> => {
  const excluded = /^(SSE41|AVX)$/i.test(most ?? "") ? /^avx/ : /^AVX2/i.test(most ?? "") ? /^avx512/ : /^$/
  return needed
    .filter(([set, wanted]) => !excluded.test(set) && wanted.every((flag) => extensions.has(flag)))
    .map(([set]) => set)
}

/** Those of this processor. */
export const instructionSets = (): ReadonlyArray<InstructionSet> => instructionSetsOf(flags() ?? new Set(), cap())
