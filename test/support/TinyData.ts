import { gzipSync } from "node:zlib"
import { sha256 } from "../../src/internal/Digest.js"
import type { Entry } from "../../src/services/datasets/Catalogue.js"
import * as Content from "../../src/services/datasets/Content.js"
import * as Layout from "../../src/services/datasets/FileLayout.js"
import * as Images from "./Images.js"

const shape = { height: 4, width: 5, channels: 1 }
const train = Images.random(300, shape)
const test = Images.random(100, shape)

const header = (count: number) => [0, 0, 8, 3, 0, 0, count >> 8, count & 255, 0, 0, 0, 4, 0, 0, 0, 5]
const labels = (set: typeof train) => Uint8Array.of(0, 0, 8, 1, 0, 0, set.count >> 8, set.count & 255, ...set.labels)
const images = (set: typeof train) => Uint8Array.of(...header(set.count), ...set.images)

/** The official files of a dataset of 400 small images, gzipped, by name. */
export const files: ReadonlyMap<string, Uint8Array> = new Map(
  [images(train), labels(train), images(test), labels(test)].map((bytes, i) => [
    `${Layout.idx.members[i]}.gz`,
    new Uint8Array(gzipSync(bytes))
  ])
)

const content = Content.fromParts({ train: [train], test: [test] })

/** That dataset in a catalogue, to be had from `addresses`. */
export const entry = (addresses: ReadonlyArray<string>): Entry => ({
  name: "tiny",
  title: "Tiny",
  store: "tiny",
  classNames: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
  shape,
  trainImages: train.count,
  testImages: test.count,
  statistics: { mean: [0.5], deviation: [0.25] },
  sha256: sha256(content),
  layout: Layout.idx,
  files: [...files].map(([name, bytes]) => ({
    name,
    bytes: bytes.length,
    sha256: sha256(bytes)
  })),
  addresses
})

/** The images that it must turn out to have. */
export const expected = { train, test }
