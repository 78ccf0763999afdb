import { Cifar100, type ImageSet } from "../../src/data/index.js"
import { sha256 } from "../../src/internal/Digest.js"
import { cifar100 } from "../../src/services/datasets/Catalogue.js"
import * as Content from "../../src/services/datasets/Content.js"
import * as Images from "./Images.js"

const shape = { height: 32, width: 32, channels: 3 }

/** Images of CIFAR-100's shape with the labels 3, 10, 17, ... */
const images = (count: number): ImageSet.ImageSet<"classes"> => ({
  ...Images.random(count, shape),
  labels: Int32Array.from({ length: count }, (_, i) => (3 + 7 * i) % 100)
})

/** The records of the binary files: coarse label, fine label, colour planes. */
const records = (set: ImageSet.ImageSet): Uint8Array =>
  Uint8Array.from({ length: set.count * 3074 }, (_, i) => {
    const image = Math.floor(i / 3074)
    const fine = set.labels[image]!
    const place = (i % 3074) - 2
    if (place < 0) return place === -2 ? Cifar100.coarseOf[fine]! : fine
    return set.images[image * 3072 + (place % 1024) * 3 + Math.floor(place / 1024)]!
  })

/** What the files must turn out to hold. */
export const expected = { train: images(30), test: images(10) }

/** The members of an archive of CIFAR-100, of 40 random images. */
export const members: ReadonlyArray<readonly [name: string, bytes: Uint8Array]> = [
  ["train.bin", records(expected.train)],
  ["test.bin", records(expected.test)],
  ["fine_label_names.txt", new TextEncoder().encode(Cifar100.fineNames.join("\n"))],
  ["coarse_label_names.txt", new TextEncoder().encode(Cifar100.coarseNames.join("\n"))]
]

const small = {
  trainImages: expected.train.count,
  testImages: expected.test.count,
  sha256: sha256(Content.fromParts({ train: [expected.train], test: [expected.test] })),
  addresses: []
}

/** Both kinds of CIFAR-100, of these images. */
export const entries = cifar100.map((entry) => ({ ...entry, ...small }))
