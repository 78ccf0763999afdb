import { randomUUID } from "node:crypto"
import { dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { Effect, FileSystem } from "effect"
import * as Command from "./Command.js"
import * as KernelFiles from "./KernelFiles.js"
import * as Locations from "./Locations.js"

/** The pinned lists of what to fetch and the source of the helper, which are part of this package. */
const pins = fileURLToPath(new URL("../../../native", import.meta.url))

const missingPython =
  "install Python 3 with pip (`apt install python3-pip`, `dnf install python3-pip`); only its pip is used, to fetch TensorFlow's wheel"
const missingCompiler =
  "install a C++ compiler (`apt install g++`, `dnf install gcc-c++`), or name one in the environment variable CXX"
const missingNpm = "install npm, which comes with Node.js, and put it on the PATH"

/** Whether the wheels are for this machine. */
export const isSupported = process.platform === "linux" && process.arch === "x64"

const compiler = process.env.CXX ?? "c++"

/** Whether Python's pip and the compiler are there; each fails with the remedy when it is not. */
const compilerThere = Command.run({
  program: compiler,
  args: ["--version"],
  purpose: "build TensorFlow's addon",
  missing: missingCompiler
})

export const tools = [
  Command.run({
    program: "python3",
    args: ["-m", "pip", "--version"],
    purpose: "fetch TensorFlow",
    missing: missingPython
  }),
  compilerThere
]

/** Fetches the npm packages into `stage`, at the versions and checksums of the lock file, running no script of theirs. */
export const fetchPackages = (stage: string) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    for (const file of ["package.json", "package-lock.json"]) yield* fs.copyFile(join(pins, file), join(stage, file))
    yield* npm("fetch the npm packages", stage, ["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
  })

/** Fetches TensorFlow's wheels into `stage`, with the pinned checksums, and unpacks their libraries. */
export const fetchWheels = (stage: string, variant: Locations.Variant) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const downloads = join(stage, "downloads")
    // The platform and Python version of the wheels are spelled out, so that the Python that runs pip does not matter.
    yield* python("fetch TensorFlow", [
      ...["-m", "pip", "download", "--dest", downloads, "--no-deps", "--require-hashes", "--only-binary=:all:"],
      ...["manylinux_2_28", "manylinux_2_27", "manylinux2014", "manylinux2010"].flatMap((name) => [
        "--platform",
        `${name}_x86_64`
      ]),
      ...["--implementation", "cp", "--python-version", "3.11", "--abi", "cp311", "--abi", "none"],
      ...["--disable-pip-version-check", "--no-cache-dir", "--progress-bar", "off"],
      ...["-r", join(pins, `requirements-${variant}.txt`)]
    ])
    const wheels = (yield* fs.readDirectory(downloads)).map((name) => join(downloads, name))
    yield* python("unpack TensorFlow", [join(pins, "extract.py"), join(stage, "wheels"), ...wheels])
    yield* fs.remove(downloads, { recursive: true })
  })

/**
 * Links the libraries into the npm package and compiles its addon against them.
 *
 * By the compiler itself, not by node-gyp: the addon uses Node's stable interface only, whose headers are one small npm package, while
 * node-gyp wants the headers of the very Node that runs, from a host that many networks cannot reach.
 */
export const compile = (stage: string) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const directory = Locations.packageIn(stage)
    const libraries = join(stage, "wheels", "tensorflow")
    const deps = join(directory, "deps")
    yield* fs.makeDirectory(deps, { recursive: true })
    // Relative, because the stage is renamed in the end.
    yield* fs.symlink(relative(deps, libraries), join(deps, "lib"))
    yield* fs.symlink("libtensorflow_cc.so.2", join(libraries, "libtensorflow.so"))
    yield* fs.symlink("libtensorflow_framework.so.2", join(libraries, "libtensorflow_framework.so"))
    yield* fs.makeDirectory(join(Locations.binaryPath(directory), ".."), { recursive: true })
    yield* Command.run({
      program: compiler,
      args: [
        ...["-shared", "-fPIC", "-pthread", "-O3", "-std=gnu++17", "-fno-rtti", "-fno-exceptions"],
        ...["-DNAPI_VERSION=8", "-DNODE_GYP_MODULE_NAME=tfjs_binding", "-DBUILDING_NODE_EXTENSION"],
        ...["-I", nodeHeaders(directory)],
        ...["-I", join(libraries, "include")],
        ...["tfjs_backend.cc", "tfjs_binding.cc"].map((file) => join(directory, "binding", file)),
        ...["-L", libraries, "-ltensorflow", "-ltensorflow_framework", "-Wl,-rpath,$ORIGIN/../../deps/lib"],
        ...["-o", Locations.binaryPath(directory)]
      ],
      purpose: "build TensorFlow's addon",
      missing: missingCompiler
    })
    yield* fs.remove(join(libraries, "include"), { recursive: true })
  })

/** The headers of Node's stable interface, among the npm packages that the one in `directory` was installed with. */
const nodeHeaders = (directory: string) => join(directory, "..", "..", "node-api-headers", "include")

/** Compiles `target`, unless it is there: under another name, so that what is there is whole. */
const compileTo = (target: string, purpose: string, args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    if (yield* fs.exists(target)) return
    const partial = `${target}.${randomUUID()}.partial`
    yield* Command.run({
      program: compiler,
      args: [...args, "-o", partial],
      purpose,
      missing: missingCompiler
    }).pipe(
      Effect.andThen(fs.rename(partial, target)),
      Effect.ensuring(Effect.ignore(fs.remove(partial, { force: true })))
    )
  })

/**
 * Compiles the helper that keeps TensorFlow's start-up lines from the terminal, into the npm package in `directory`.
 *
 * Without it the lines appear and nothing else changes, so that a failure is not an error.
 */
export const compileStderr = (directory: string) =>
  isSupported
    ? compileTo(Locations.stderrPath(directory), "build the helper for TensorFlow's start-up lines", [
        ...["-shared", "-fPIC", "-O2", "-std=gnu++17", "-fno-rtti", "-fno-exceptions", "-DNAPI_VERSION=8"],
        ...["-I", nodeHeaders(directory), join(pins, "stderr.cc")]
      ]).pipe(Effect.catch((error) => Effect.logDebug(error.message)))
    : Effect.void

/**
 * Compiles our kernels into the npm package in `directory`, for each instruction set.
 *
 * Those for which it fails are missing and others compute, if need be TensorFlow's, so that a failure is not an error.
 */
export const compileKernels = (directory: string) =>
  Effect.gen(function* () {
    const built = KernelFiles.builtIn(directory)
    if (!isSupported || built.length === KernelFiles.instructionSets.length) return
    const fs = yield* FileSystem.FileSystem
    yield* fs.access(dirname(Locations.binaryPath(directory)), { writable: true })
    yield* compilerThere
    if (built.length === 0) yield* Effect.logInfo("building the kernels")
    const [, failures] = yield* Effect.partition(
      KernelFiles.instructionSets,
      (set) =>
        compileTo(KernelFiles.pathOf(directory, set), `build the kernels for ${set}`, [
          ...KernelFiles.flagsFor(set),
          ...["-I", nodeHeaders(directory), join(KernelFiles.sources, "Module.cc")],
          ...["-L", join(directory, "deps", "lib"), "-ltensorflow_framework"]
        ]),
      { concurrency: "unbounded" }
    )
    const [first] = failures
    if (first !== undefined) yield* Effect.logInfo(`${first.message}\n  others are used instead`)
  }).pipe(Effect.catch((error) => Effect.logDebug(error.message)))

/** Loads the addon in its own process, so that a library that does not suit this machine is found now. */
export const check = (stage: string) =>
  Command.run({
    program: process.execPath,
    args: ["-e", "require(process.argv[1])", Locations.binaryPath(Locations.packageIn(stage))],
    purpose: "load TensorFlow on this machine",
    missing: "use a Linux with glibc 2.27 or newer on a processor with AVX, or the wasm backend"
  })

/** Deletes what is not needed to run: two thirds of the npm packages are source maps. */
export const trim = (stage: string) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const packages = join(stage, "node_modules")
    const files = (yield* fs.readDirectory(packages, { recursive: true })).filter((name) => name.endsWith(".map"))
    yield* Effect.forEach(files, (name) => fs.remove(join(packages, name)), { concurrency: 32, discard: true })
  })

/** The installer of tfjs-node: an older TensorFlow, ready-made, from one host. */
export const ownInstaller = (stage: string) =>
  npm("run the installer of tfjs-node", stage, [
    "rebuild",
    "--ignore-scripts=false",
    "--foreground-scripts",
    "@tensorflow/tfjs-node-gpu"
  ])

const python = (purpose: string, args: ReadonlyArray<string>) =>
  Command.run({ program: "python3", args, purpose, missing: missingPython })

const npm = (purpose: string, cwd: string, args: ReadonlyArray<string>) =>
  Command.run({ program: "npm", args, cwd, purpose, missing: missingNpm })
