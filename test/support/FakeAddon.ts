import { execFileSync } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname } from "node:path"
import * as Locations from "../../src/services/native/Locations.js"

/** Node's stable interface, as far as it is needed. */
const source = ({ aborts = false, prints = "", version }: Fake) => `
#include <cstdlib>
#include <cstring>
#include <unistd.h>
extern "C" int napi_create_string_utf8(void*, const char*, size_t, void**);
extern "C" int napi_set_named_property(void*, void*, const char*, void*);
extern "C" void* napi_register_module_v1(void* env, void* exports) {
  const char* lines = ${JSON.stringify(prints)};
  if (write(2, lines, strlen(lines)) < 0 || ${aborts}) abort();
  void* version;
  napi_create_string_utf8(env, ${JSON.stringify(version)}, ${version.length}, &version);
  napi_set_named_property(env, exports, "TF_Version", version);
  return exports;
}`

/** An addon that says that it is some TensorFlow, and what it does when it is loaded. */
export interface Fake {
  readonly version: string
  readonly prints?: string
  readonly aborts?: boolean
}

/** Builds the npm package `@tensorflow/tfjs-node-gpu` below `root`, with an addon that can be loaded and cannot compute. */
export const build = (root: string, fake: Fake): string => {
  const directory = Locations.packageIn(root)
  const binary = Locations.binaryPath(directory)
  mkdirSync(dirname(binary), { recursive: true })
  writeFileSync(`${directory}/package.json`, `{ "name": "@tensorflow/tfjs-node-gpu", "main": "index.js" }`)
  const core = createRequire(import.meta.url).resolve("@tensorflow/tfjs-core")
  writeFileSync(
    `${directory}/index.js`,
    `const tf = require(${JSON.stringify(core)})
     class Fake extends tf.KernelBackend {}
     tf.registerBackend("tensorflow", () => Object.assign(new Fake(), { binding: require(${JSON.stringify(binary)}) }))`
  )
  execFileSync("c++", ["-shared", "-fPIC", "-x", "c++", "-", "-o", binary], { input: source(fake) })
  return directory
}
