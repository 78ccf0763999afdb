import * as Airbench from "./families/Airbench.js"
import * as CifarPreResNet from "./families/CifarPreResNet.js"
import * as CifarResNet from "./families/CifarResNet.js"
import * as Mlp from "./families/Mlp.js"
import * as MnistCnn from "./families/MnistCnn.js"
import * as ResNet from "./families/ResNet.js"
import * as Seminar from "./families/Seminar.js"
import * as WideResNet from "./families/WideResNet.js"
import type { Network, Task } from "./Network.js"
import type { NetworkSpec } from "./NetworkSpec.js"

export * from "./NetworkSpec.js"

/**
 * The network of that name for these images and classes; `Network.validate` checks that it can take them.
 *
 * @category parsing
 */
export const build = (spec: NetworkSpec, task: Task): Network => {
  switch (spec.name) {
    case "mlp":
      return Mlp.make(spec, task)
    case "mnist-cnn":
      return MnistCnn.make(task)
    case "seminar-resnet":
      return Seminar.resnet(spec.n, task)
    case "seminar-resnet18":
      return Seminar.resnet18(task)
    case "seminar-resnet34":
      return Seminar.resnet34(task)
    case "resnet":
      return Seminar.make(spec, task)
    case "cifar-resnet":
      return CifarResNet.make(spec, task)
    case "cifar-preresnet":
      return CifarPreResNet.make(spec, task)
    case "wrn":
      return WideResNet.make(spec, task)
    case "resnet18":
    case "resnet34":
    case "resnet50":
    case "resnet101":
    case "resnet152":
    case "wide_resnet50_2":
    case "wide_resnet101_2":
      return ResNet.make({ ...ResNet.variants[spec.name], ...spec }, task)
    case "airbench":
      return Airbench.make({ ...spec, name: ["airbench", ...spec.widths].join("-") }, task)
    default:
      return Airbench.make(Airbench.variants[spec.name], task)
  }
}
