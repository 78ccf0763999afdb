import { readFileSync } from "node:fs"

/** Extensions that TensorFlow's kernels make use of, fastest last. */
const relevant = ["sse4_2", "avx", "avx2", "fma", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_bf16"]

/** The extensions of this processor that kernels are chosen by; `null` where the system does not tell. */
export const extensions = (): ReadonlyArray<string> | null => {
  try {
    const line = /^flags\s*:(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1]
    const all = new Set(line?.split(" "))
    return line === undefined ? null : relevant.filter((flag) => all.has(flag))
  } catch {
    return null
  }
}

/** What the bits of a result depend on: the extensions, and the cap that `ONEDNN_MAX_CPU_ISA` sets. */
export const instructions = (): string => {
  const cap = process.env.ONEDNN_MAX_CPU_ISA
  return [...(extensions() ?? ["unknown"]), ...(cap ? [`at most ${cap}`] : [])].join(" ")
}
