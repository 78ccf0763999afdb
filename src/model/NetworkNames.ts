/**
 * The names of networks in one word; other numbers may replace those here, and any shortcut `projection`.
 *
 * @category parsing
 */
export const known: ReadonlyArray<string> = [
  "mnist-cnn",
  "mlp-128-64",
  "seminar-resnet-5",
  "seminar-resnet18",
  "seminar-resnet34",
  "resnet-2-2-2-2",
  "resnet-2-2-2-2-projection",
  "cifar-resnet20",
  "cifar-resnet20-projection",
  "cifar-preresnet20",
  "cifar-preresnet164-bottleneck",
  "wrn-28-10",
  ...["resnet18", "resnet34", "resnet50", "resnet101", "resnet152"],
  ...["wide_resnet50_2", "wide_resnet101_2"],
  "resnet18-cifar",
  "resnet18-imagenet",
  ...["airbench93", "airbench94", "airbench95", "airbench96"],
  "airbench-64-256-256"
]
