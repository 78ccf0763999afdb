import { presets as recipes } from "../../train/recipe/presets/index.js"
import type { Preset } from "../../train/recipe/presets/Preset.js"

/** A recipe that starts from published weights. */
interface FineTuned extends Preset {
  readonly fineTune: { readonly weights: string; readonly skip: ReadonlyArray<string> }
}

/**
 * The named settings: those of the recipes, and one that starts from published weights.
 *
 * @category presets
 */
export const presets = {
  ...recipes,
  /**
   * ResNet-20 with published CIFAR-10 weights, on CIFAR-100, with a new head: ten minutes on two cores. Another dataset, such as `--set dataset=folder --set data.dir=pictures`,
   * or network, such as `--set network=resnet18`, takes their place; the head of a ResNet for ImageNet is `--set 'fineTune.skip=["fc"]'`.
   *
   * **Source** the settings of `examples/fine-tune.ts`, for all images and more epochs.
   */
  "fine-tune": {
    dataset: "cifar100",
    network: { name: "cifar-resnet", blocks: 3 },
    fineTune: { weights: "pretrained", skip: ["linear"] },
    epochs: 10,
    batchSize: 128,
    optimizer: { momentum: 0.9, nesterov: true, weightDecay: 5e-4 },
    rate: { kind: "oneCycle", peak: 0.1 },
    augment: [{ crop: { padding: 4, mode: "zero" } }, { flip: {} }]
  } satisfies FineTuned
}
