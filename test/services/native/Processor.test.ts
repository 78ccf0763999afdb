import { assert, describe, it } from "@effect/vitest"
import * as KernelFiles from "../../../src/services/native/KernelFiles.js"
import * as Processor from "../../../src/services/native/Processor.js"

const haswell = ["sse4_2", "avx", "avx2", "fma"]
const server = [...haswell, "avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512_vnni"]

describe("the instruction sets of the kernels", () => {
  it.each([
    [[], undefined, ["portable"]],
    [["sse4_2", "avx"], undefined, ["portable"]],
    [["avx", "avx2"], undefined, ["portable"]],
    [haswell, undefined, ["avx2", "portable"]],
    [[...haswell, "avx512f"], undefined, ["avx2", "portable"]],
    [server, undefined, ["avx512", "avx2", "portable"]],
    [server, "SSE41", ["portable"]],
    [server, "AVX", ["portable"]],
    [server, "AVX2", ["avx2", "portable"]],
    [server, "avx2_vnni", ["avx2", "portable"]],
    [server, "AVX512_CORE", ["avx512", "avx2", "portable"]],
    [server, "AVX512_CORE_AMX", ["avx512", "avx2", "portable"]],
    [server, "DEFAULT", ["avx512", "avx2", "portable"]],
    [haswell, "AVX512_CORE", ["avx2", "portable"]]
  ] as const)("of a processor with %j, at most %s, are %j", (extensions, cap, expected) => {
    assert.deepStrictEqual(Processor.instructionSetsOf(new Set(extensions), cap), expected)
  })

  it("name the files that are built for them, as do the sources", () => {
    const path = KernelFiles.pathOf("somewhere", "avx2")
    assert.match(path, /^somewhere\/lib\/napi-v8\/kernels-[0-9a-f]{8}-avx2\.node$/)
    assert.deepStrictEqual(KernelFiles.parse(path), { digest: KernelFiles.digest(), set: "avx2" })
    for (const other of ["stderr.node", "kernels-0123abcd-sse5.node", "kernels-0123abcd-avx2.node.1.partial"]) {
      assert.isUndefined(KernelFiles.parse(other))
    }
  })
})
