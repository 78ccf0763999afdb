#!/usr/bin/env bash
# Installs the packed package into empty projects as a stranger would, and runs, type-checks and bundles a program there.
# tfjs-node-gpu has an install script that is forbidden, ignored, or runs and fails; none of this may break the installation.
# Arguments: further node programs, with which the first project's quick start is run too.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
nodes=(node "$@")

cd "$root"
npm pack --silent --pack-destination "$work" >/dev/null
tarball=$(echo "$work"/*.tgz)
contents=$(tar -tzf "$tarball")
for file in native/package-lock.json native/extract.py native/stderr.cc dist/cli.js dist/index.d.ts docs/architecture.md examples/starter/src/main.ts; do
  grep -qx "package/$file" <<<"$contents" || { echo "the package lacks $file"; exit 1; }
done
# A debugger and "go to definition" follow the source maps to the sources.
comm -23 <(grep '\.map$' <<<"$contents" | sed -E 's|^package/dist/|package/src/|; s|(\.d)?\.(js\|ts)\.map$|.ts|' | sort -u) <(sort <<<"$contents") >"$work/missing"
[ ! -s "$work/missing" ] || { echo "source maps name sources that are not in the package:"; cat "$work/missing"; exit 1; }

effect=$(node -p "require('$root/package.json').devDependencies.effect")

# project DIRECTORY ALLOW-SCRIPTS: an empty project that depends on the package and its peers
project() {
  mkdir "$1"
  cat >"$1/package.json" <<JSON
{
  "private": true, "type": "module", "allowScripts": $2,
  "dependencies": { "effect-tensorflow": "file:$tarball", "effect": "$effect", "@effect/platform-node": "$effect" }
}
JSON
  cat >"$1/tsconfig.json" <<'JSON'
{
  "compilerOptions": {
    "target": "ES2022", "module": "NodeNext", "strict": true, "exactOptionalPropertyTypes": true, "skipLibCheck": true,
    "types": []
  },
  "include": ["*.ts"]
}
JSON
  # The programs of the README and of the docs need not run here, as they would fetch data, but their types must hold.
  awk -v to="$1" '/^```ts$/ { n++; on = 1; next } /^```$/ { on = 0 } on { print > (to "/readme-" n ".ts") }' "$root/README.md" "$root"/docs/*.md
  cat >"$1/browser.ts" <<'TS'
import { register } from "effect-tensorflow/browser"
import * as M from "effect-tensorflow/model"
console.log(M, register)
TS
  cat >"$1/quick-start.ts" <<'TS'
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Layer } from "effect"
import * as Everything from "effect-tensorflow"
import { ImageSet, Statistics } from "effect-tensorflow/data"
import { Layers, MnistCnn } from "effect-tensorflow/model"
import { Backend, Checkpoints, Reporters, Trainer } from "effect-tensorflow/services"
import { Plan } from "effect-tensorflow/train"

// @ts-expect-error: 16 channels come, 32 are taken; were the types of the package lost, this would compile
Layers.chain(Layers.conv(3, 16), Layers.conv(32, 32))

const shape = { height: 28, width: 28, channels: 1 }
const pixels = Uint8Array.from({ length: 64 * 28 * 28 }, (_, i) => (i * 31) % 256)
const labels = Array.from({ length: 64 }, (_, i) => i % 10)

const program = Effect.gen(function* () {
  const images = yield* Effect.fromResult(ImageSet.make(shape, pixels, labels))
  const classNames = Array.from({ length: 10 }, (_, i) => String(i))
  const statistics = Statistics.compute(images)
  const dataset = { name: "memory", classNames, statistics, train: images, test: images }
  const network = MnistCnn.make({ input: shape, classes: 10 })
  const plan = Plan.make({ network, dataset }).pipe(Plan.epochs(1), Plan.batchSize(16))
  const trainer = yield* Trainer
  const { finished } = yield* trainer.fit(plan)
  const { report } = yield* Backend
  yield* Console.log(`${report.backend} ${Object.keys(Everything).length > 0} loss ${finished.test.loss}`)
})

const services = Layer.mergeAll(Backend.layer, Checkpoints.layerMemory, Reporters.layerNone)
program.pipe(Effect.provide(Layer.provideMerge(Trainer.layer, services)), NodeRuntime.runMain)
TS
}

# check DIRECTORY: types, the browser bundle, the quick start (without TensorFlow, and with it where the user's cache has it), the command line
check() {
  cd "$1"
  "$root/node_modules/.bin/tsc" -p .
  # With the declarations of all packages checked too, ours are without fault; those of others may have some.
  "$root/node_modules/.bin/tsc" -p . --skipLibCheck false --noEmit --pretty false >declarations.log || true
  ! grep '^node_modules/effect-tensorflow/' declarations.log || exit 1
  # A second copy of effect would give services that are not the same, and type errors that nobody can read.
  copies=$(find node_modules -path '*/node_modules/effect/package.json' | wc -l)
  [ "$copies" = 0 ] || { echo "more than one copy of effect is installed"; exit 1; }
  "$root/node_modules/.bin/esbuild" browser.ts --bundle --platform=browser --format=esm --log-level=error --outfile=bundle.js
  for node in "${nodes[@]}"; do
    bare=$(EFFECT_TENSORFLOW_CACHE=$work/empty "$node" quick-start.js 2>stderr.log) || { cat stderr.log; exit 1; }
    [[ $bare == *"wasm true loss"* ]] || { echo "$bare"; exit 1; }
    own=$("$node" quick-start.js 2>stderr.log) || { cat stderr.log; exit 1; }
    echo "  $("$node" --version): ${bare##*$'\n'}; ${own##*$'\n'}"
  done
  PATH=$PWD/node_modules/.bin:$PATH effect-tensorflow summary --network mnist-cnn --json >summary.json
  grep -q '"parameters":44426' summary.json
  # Exits 1 where anything at all could be better; the kernels are checked only where TensorFlow loads.
  PATH=$PWD/node_modules/.bin:$PATH effect-tensorflow doctor --json >doctor.json 2>stderr.log || true
  grep -Eq '"kernels":(null|\{"right":true)' doctor.json || { cat doctor.json stderr.log; exit 1; }
  cd "$root"
}

# starter DIRECTORY: the project that `create` makes, with this package in place of the published one
starter() {
  PATH=$PWD/node_modules/.bin:$PATH effect-tensorflow create "$1" >/dev/null
  cd "$1"
  sed -i "s|\"effect-tensorflow\": .*|\"effect-tensorflow\": \"file:$tarball\"|" package.json
  npm install --silent --no-audit --no-fund
  npm run --silent check
  npm test --silent >test.log 2>&1 || { cat test.log; exit 1; }
  echo "  $(grep -E '(pass|✔)' test.log | head -1)"
  cd "$root"
}

# has DIRECTORY: whether npm kept the optional dependency
has() { [ -d "$1/node_modules/@tensorflow/tfjs-node-gpu" ]; }

echo "install script forbidden"
project "$work/forbidden" '{ "@tensorflow/tfjs-node-gpu": false }'
(cd "$work/forbidden" && npm install --silent --no-audit --no-fund)
has "$work/forbidden"
check "$work/forbidden"
echo "a project made by create"
(cd "$work/forbidden" && starter "$work/starter")
nodes=(node)

echo "install scripts ignored"
project "$work/ignored" '{}'
echo "ignore-scripts=true" >"$work/ignored/.npmrc"
(cd "$work/ignored" && npm install --silent --no-audit --no-fund)
has "$work/ignored"
check "$work/ignored"

echo "install script runs and fails"
project "$work/failing" '{ "@tensorflow/tfjs-node-gpu": true }'
# Nothing listens there, so that the script fails on every machine.
(cd "$work/failing" && CDN_STORAGE=http://127.0.0.1:9/ npm install --silent --no-audit --no-fund)
! has "$work/failing" || { echo "the install script did not fail"; exit 1; }
check "$work/failing"
