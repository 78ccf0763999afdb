import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { createRequire } from "node:module"
import { hostname, tmpdir } from "node:os"
import { join } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Fiber } from "effect"
import * as KernelFiles from "../../../src/services/native/KernelFiles.js"
import * as Locations from "../../../src/services/native/Locations.js"
import { install } from "../../../src/services/native/NativeInstall.js"

// Any loadable addon will do for the check that it loads.
const addon = createRequire(import.meta.url).resolve("@resvg/resvg-js-linux-x64-gnu")

// Tools that do in a moment what the real ones do in half a minute: shell scripts, alone on the PATH.
const tools = {
  npm: `case "$1" in
    ci) for name in @tensorflow/tfjs-node-gpu node-api-headers; do
      mkdir -p node_modules/$name && echo '{}' > node_modules/$name/package.json && echo 1 > node_modules/$name/a.js.map
    done;;
    *) echo "npm error code E404"; exit 1;;
  esac`,
  python3: `case "$*" in
    *"pip download"*) mkdir -p "$5" && echo wheel > "$5"/tensorflow.whl;;
    *extract.py*) mkdir -p "$2"/tensorflow/include
      for name in cc framework; do echo library > "$2"/tensorflow/libtensorflow_$name.so.2; done;;
  esac`,
  "c++": `for last; do :; done; case "$last" in *.node|*.partial) cp ${addon} "$last";; esac`
}

const path = process.env.PATH
let folder: string

const setTool = (name: string, script: string) => {
  const file = join(folder, "bin", name)
  writeFileSync(file, `#!/bin/sh\necho "${name} $*" >> ${join(folder, "calls")}\n${script}\n`)
  chmodSync(file, 0o755)
}
const removeTool = (name: string) => rmSync(join(folder, "bin", name))
const calls = (pattern: RegExp) =>
  readFileSync(join(folder, "calls"), "utf8")
    .split("\n")
    .filter((line) => pattern.test(line)).length

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "native-"))
  mkdirSync(join(folder, "bin"))
  writeFileSync(join(folder, "calls"), "")
  for (const [name, script] of Object.entries(tools)) setTool(name, script)
  for (const name of ["mkdir", "cp", "sleep"]) symlinkSync(join("/bin", name), join(folder, "bin", name))
  process.env.PATH = join(folder, "bin")
})
afterEach(() => {
  process.env.PATH = path
  rmSync(folder, { recursive: true })
})

const installCpu = Effect.suspend(() =>
  install({ gpu: false }).pipe(
    Effect.provide(NodeServices.layer),
    Effect.provide(ConfigProvider.layer(ConfigProvider.fromUnknown({ EFFECT_TENSORFLOW_CACHE: join(folder, "cache") })))
  )
)
const packageFolder = () => Locations.packageIn(Locations.installed(join(folder, "cache"), "cpu"))
const binaries = () => readdirSync(join(Locations.binaryPath(packageFolder()), "..")).sort()
const beside = () => readdirSync(join(folder, "cache", "native")).map((name) => name.replace(/^.*-cpu/, ""))

describe.runIf(process.platform === "linux" && process.arch === "x64")("the native installation", () => {
  it.live("lays out links that survive the renaming, deletes what is not needed, and leaves nothing beside", () =>
    Effect.gen(function* () {
      const { directory, fresh } = yield* installCpu
      assert.isTrue(fresh)
      assert.deepStrictEqual(beside(), [""])
      const lib = join(Locations.packageIn(directory), "deps", "lib")
      assert.isFalse(readlinkSync(lib).startsWith("/"))
      for (const name of ["cc", "framework"]) assert.isTrue(statSync(join(lib, `libtensorflow_${name}.so.2`)).isFile())
      assert.isTrue(lstatSync(join(lib, "libtensorflow.so")).isSymbolicLink())
      assert.isTrue(Locations.isBuilt(Locations.packageIn(directory)))
      assert.deepStrictEqual(binaries(), [
        ...["avx2", "avx512", "portable"].map((set) => `kernels-${KernelFiles.digest()}-${set}.node`),
        "stderr.node",
        "tfjs_binding.node"
      ])
      assert.isFalse(existsSync(join(lib, "include")))
      assert.isFalse(existsSync(join(directory, "downloads")))
      assert.isFalse(existsSync(join(directory, "node_modules", "node-api-headers", "a.js.map")))
    })
  )

  it.live("is done once, also when two ask for it at the same time", () =>
    Effect.gen(function* () {
      const results = yield* Effect.all([installCpu, installCpu], { concurrency: 2 })
      assert.deepStrictEqual(results.map(({ fresh }) => fresh).sort(), [false, true])
      assert.isFalse((yield* installCpu).fresh)
      assert.strictEqual(calls(/pip download/), 1)
      assert.deepStrictEqual(beside(), [""])
    })
  )

  it.live("adds the helper for the start-up lines to an installation from before", () =>
    Effect.gen(function* () {
      const helper = Locations.stderrPath(Locations.packageIn((yield* installCpu).directory))
      rmSync(helper)
      assert.isFalse((yield* installCpu).fresh)
      assert.isTrue(existsSync(helper))
      assert.strictEqual(calls(/pip download/), 1)
      // Without a compiler it does without.
      rmSync(helper)
      removeTool("c++")
      assert.isFalse((yield* installCpu).fresh)
    })
  )

  describe("the kernels", () => {
    /** An installation that lacks them, made by an earlier version. */
    const without = Effect.gen(function* () {
      yield* installCpu
      for (const set of KernelFiles.instructionSets) rmSync(KernelFiles.pathOf(packageFolder(), set))
    })
    const built = () => KernelFiles.builtIn(packageFolder())

    it.live("are added to an installation from before, also by two at the same time", () =>
      Effect.gen(function* () {
        yield* without
        assert.deepStrictEqual(built(), [])
        yield* Effect.all([installCpu, installCpu], { concurrency: 2 })
        assert.deepStrictEqual(built(), KernelFiles.instructionSets)
        assert.strictEqual(binaries().length, 5)
        assert.strictEqual(calls(/pip download/), 1)
        const before = calls(/VECTOR_WIDTH/)
        yield* installCpu
        assert.strictEqual(calls(/VECTOR_WIDTH/), before)
      })
    )

    it.live("are left out without a compiler, and those that it does not know", () =>
      Effect.gen(function* () {
        yield* without
        removeTool("c++")
        yield* installCpu
        assert.deepStrictEqual(built(), [])
        setTool("c++", `case "$*" in *mavx512f*) echo "error: unrecognized option" >&2; exit 1;; esac\n${tools["c++"]}`)
        yield* installCpu
        assert.deepStrictEqual(built(), ["portable", "avx2"])
        assert.strictEqual(binaries().length, 4)
      })
    )

    it.live("leave nothing half-built behind when interrupted", () =>
      Effect.gen(function* () {
        yield* without
        setTool("c++", `case "$*" in *VECTOR_WIDTH*) for last; do :; done; echo half > "$last"; sleep 60;; esac`)
        const fiber = yield* Effect.forkChild(installCpu)
        while (binaries().length < 5) yield* Effect.sleep("20 millis")
        yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual(binaries(), ["stderr.node", "tfjs_binding.node"])
        setTool("c++", tools["c++"])
        yield* installCpu
        assert.deepStrictEqual(built(), KernelFiles.instructionSets)
      })
    )
  })

  it.live(
    "keeps what tfjs-node's own installer gives, the last resort, in a folder that is not named for our TensorFlow",
    () =>
      Effect.gen(function* () {
        const binary = Locations.binaryPath("node_modules/@tensorflow/tfjs-node-gpu")
        setTool("npm", tools.npm.replace("*)", `rebuild) mkdir -p ${join(binary, "..")} && cp ${addon} ${binary};; *)`))
        removeTool("python3")
        const { directory, fresh } = yield* installCpu
        assert.isTrue(fresh)
        assert.strictEqual(directory, Locations.lastResort(join(folder, "cache"), "cpu"))
        // The next time the tested one is tried again.
        setTool("python3", tools.python3)
        assert.strictEqual((yield* installCpu).directory, Locations.installed(join(folder, "cache"), "cpu"))
      })
  )

  it.live("takes over from a process that was killed", () =>
    Effect.gen(function* () {
      const native = join(folder, "cache", "native")
      const target = Locations.installed(join(folder, "cache"), "cpu")
      const dead = 2 ** 22 + 1
      mkdirSync(`${target}.${dead}.partial/node_modules`, { recursive: true })
      writeFileSync(`${target}.lock`, `${dead} ${hostname()}`)
      assert.strictEqual(readdirSync(native).length, 2)
      assert.isTrue((yield* installCpu).fresh)
      assert.deepStrictEqual(beside(), [""])
    })
  )

  it.live("leaves nothing behind when interrupted", () =>
    Effect.gen(function* () {
      setTool("python3", `case "$*" in *"pip download"*) sleep 60;; esac`)
      const fiber = yield* Effect.forkChild(installCpu)
      while (calls(/pip download/) === 0) yield* Effect.sleep("20 millis")
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(beside(), [])
    })
  )

  const failure = (expected: { reason: RegExp; fix: RegExp }) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(installCpu)
      assert.strictEqual(error._tag, "BackendError")
      assert.match(error.reason, expected.reason)
      assert.match(error.fix, expected.fix)
      // The last resort was tried, and says why it did not help.
      assert.match(error.reason, /installer of tfjs-node failed too/)
      assert.deepStrictEqual(beside(), [])
    })

  it.live("without Python says to install it", () => {
    removeTool("python3")
    return failure({ reason: /python3.* does not start/, fix: /install Python 3 with pip/ })
  })

  it.live("without pip says to install it", () => {
    setTool("python3", "echo 'python3: No module named pip' >&2; exit 1")
    return failure({ reason: /No module named pip/, fix: /install pip/ })
  })

  it.live("without a compiler says to install one, before anything is fetched", () => {
    removeTool("c++")
    return Effect.andThen(
      failure({ reason: /cannot build TensorFlow's addon/, fix: /install a C\+\+ compiler/ }),
      Effect.sync(() => assert.strictEqual(calls(/pip download/), 0))
    )
  })

  const pipPrints = (text: string) =>
    setTool("python3", `case "$*" in *"pip download"*) echo "${text}" >&2; exit 1;; esac`)

  it.live("without a network says so", () => {
    pipPrints("WARNING: Retrying: NewConnectionError\nERROR: Could not find a version that satisfies tensorflow-cpu")
    return failure({ reason: /Could not find a version/, fix: /connect to the network/ })
  })

  it.live("with another wheel than the pinned one says so", () => {
    pipPrints("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.")
    return failure({ reason: /DO NOT MATCH THE HASHES/, fix: /not the one that was published/ })
  })

  it.live("with a full disk says how much is needed", () => {
    pipPrints("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device")
    return failure({ reason: /No space left/, fix: /free 4 GB/ })
  })

  it.live("with a cache that cannot be written says which setting names another", () =>
    Effect.gen(function* () {
      writeFileSync(join(folder, "cache"), "a file")
      const error = yield* Effect.flip(installCpu)
      assert.match(error.reason, /cannot write/)
      assert.match(error.fix, /EFFECT_TENSORFLOW_CACHE/)
    })
  )

  it.live("with a library that does not load on this machine fails", () => {
    setTool("c++", `for last; do :; done; case "$last" in *.node) echo nonsense > "$last";; esac`)
    return failure({ reason: /cannot load TensorFlow on this machine/, fix: /wasm/ })
  })
})
