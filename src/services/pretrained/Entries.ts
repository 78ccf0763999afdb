import type { Preprocessing } from "../../data/Preprocessing.js"
import * as Statistics from "../../data/Statistics.js"
import type { NetworkSpec } from "../../model/NetworkSpec.js"
import { imageNetClasses } from "./ImageNetClasses.js"

/**
 * Published weights of a network. `accuracy` is the fraction of the test images (ImageNet: the validation images) that its authors publish; `bytes` is left out
 * where no size is published.
 *
 * @category models
 */
export interface Entry {
  readonly name: string
  /** The name of the network, as `Networks.parse` takes it. */
  readonly network: string
  readonly spec: NetworkSpec
  readonly file: string
  /** The folder of the web that has the file. */
  readonly address: string
  readonly bytes?: number
  /** In hexadecimal: all of it, or the first eight digits, which the file's name has. */
  readonly sha256: string
  readonly accuracy: number
  readonly licence: string
  readonly source: string
  readonly preprocessing: Preprocessing
}

const torchvision = {
  address: "https://download.pytorch.org/models",
  licence: "BSD-3-Clause, as torchvision; trained on ImageNet, whose terms of use may apply",
  source: "torchvision 0.29.2, torchvision.models"
}

/** The preprocessing of torchvision's first weights (`resize` 256) and of its second ones (232). */
const imagenet = (resize: 256 | 232): Preprocessing => ({
  dataset: "ImageNet-1K",
  classNames: imageNetClasses,
  height: 224,
  width: 224,
  channels: 3,
  ...Statistics.imagenet,
  resize
})

type ImageNetName = Extract<NetworkSpec, { readonly stem?: unknown }>["name"]

const [v1, v2] = [256, 232] as const

const imageNet = (
  name: ImageNetName,
  version: typeof v1 | typeof v2,
  sha256: string,
  accuracy: number,
  bytes?: number
): Entry => ({
  ...torchvision,
  name: `${name}-${version === v1 ? "v1" : "v2"}`,
  network: name,
  spec: { name },
  file: `${name}-${sha256.slice(0, 8)}.pth`,
  sha256,
  accuracy,
  ...(bytes === undefined ? {} : { bytes }),
  preprocessing: imagenet(version)
})

const cifarResNet = (depth: number, sha256: string, accuracy: number, bytes?: number): Entry => ({
  name: `cifar-resnet${depth}`,
  network: `cifar-resnet${depth}`,
  spec: { name: "cifar-resnet", blocks: (depth - 2) / 6 },
  file: `resnet${depth}-${sha256.slice(0, 8)}.th`,
  address: "https://github.com/akamaster/pytorch_resnet_cifar10/raw/master/pretrained_models",
  sha256,
  accuracy,
  ...(bytes === undefined ? {} : { bytes }),
  licence: "BSD-2-Clause, Yerlan Idelbayev",
  source: "akamaster/pytorch_resnet_cifar10",
  preprocessing: {
    dataset: "CIFAR-10",
    classNames: ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"],
    height: 32,
    width: 32,
    channels: 3,
    ...Statistics.imagenet
  }
})

/**
 * The published weights that are known; of the same network, the better ones first.
 *
 * @category models
 */
export const entries: ReadonlyArray<Entry> = [
  cifarResNet(20, "12fca82f0bebc4135bf1f32f6e3710e61d5108578464b84fd6d7f5c1b04036c8", 0.9173, 1_099_231),
  cifarResNet(32, "d509ac18", 0.9263),
  cifarResNet(44, "014dd654", 0.931),
  cifarResNet(56, "4bfd9763", 0.9339),
  cifarResNet(110, "1d1ed7c2", 0.9368),
  cifarResNet(1202, "f3b1deed", 0.9382),
  imageNet("resnet18", v1, "f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec", 0.69758, 46_830_571),
  imageNet("resnet34", v1, "b627a593bcbe140c234610266fe4f8ae95ea42fc881d091c9b6052e6b1d0590f", 0.73314),
  imageNet("resnet50", v2, "11ad3fa62ca79e40addfd354a8ec4b7c75143b3038b8d2a807fbc68deab379ca", 0.80858, 102_540_417),
  imageNet("resnet50", v1, "0676ba61b6795bbe1773cffd859882e5e297624d384b6993f7c9e683e722fb8a", 0.7613, 102_530_333),
  imageNet("resnet101", v2, "cd907fc2a0de2292b2ba2b27d2216bc672d84632d1cf20058d01c0c03b5e020e", 0.81886),
  imageNet("resnet101", v1, "63fe2227b86e8f1f2063f43a75c84d195911b6a0eace650907dd3dc62dd49a0a", 0.77374),
  imageNet("resnet152", v2, "f82ba261", 0.82284),
  imageNet("resnet152", v1, "394f9c45966e3651a89bbb78a48410a6755854ce4a5ab64927cf1c7247f85e58", 0.78312),
  imageNet("wide_resnet50_2", v2, "9ba9bcbe", 0.81602),
  imageNet(
    "wide_resnet50_2",
    v1,
    "95faca4d11227dddf8633dbb5ff6c8a9003c1aa5b8945c73834b8007b10950b8",
    0.78468,
    138_223_492
  ),
  imageNet("wide_resnet101_2", v2, "d733dc28", 0.8251),
  imageNet("wide_resnet101_2", v1, "32ee1156", 0.78848)
]
