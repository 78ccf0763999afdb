import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as KernelFiles from "../../src/services/native/KernelFiles.js"

/** The most multiply-adds that these threads do in registers with an instruction set, measured now, in GFLOP/s. */
export const measure = (set: KernelFiles.InstructionSet, threads: number): number => {
  const directory = mkdtempSync(join(tmpdir(), "peak-"))
  try {
    const program = join(directory, "peak")
    const source = fileURLToPath(new URL("./peak.cc", import.meta.url))
    const flags = KernelFiles.flagsFor(set).filter((flag) => flag !== "-shared")
    execFileSync(process.env.CXX ?? "c++", [...flags, source, "-o", program])
    return Number(execFileSync(program, [String(threads)], { encoding: "utf8" }))
  } finally {
    rmSync(directory, { recursive: true })
  }
}
