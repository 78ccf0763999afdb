import type { InstructionSet } from "../../native/KernelFiles.js"

/** How a convolution is computed: by our kernels, directly or by Winograd's algorithm, or by oneDNN. */
export type Algorithm = "direct" | "winograd" | "onednn"

/** A convolution or one of its gradients. */
export interface Task {
  readonly direction: "forward" | "gradInput" | "gradFilter"
  readonly window: readonly [height: number, width: number]
  readonly stride: number
  readonly padding: number
  /** Channels of the images and of the result. */
  readonly inputs: number
  readonly outputs: number
  /** Height and width of the images. */
  readonly size: readonly [height: number, width: number]
}

/** Which algorithm computes what with which instructions. It is fixed and nothing is timed, so that the bits of a result repeat. */
export const algorithmFor = (_: InstructionSet, { inputs, outputs, padding, stride, window }: Task): Algorithm => {
  const [height, width] = window
  // Winograd's takes no other windows.
  const suitsWinograd = height === 3 && width === 3 && stride === 1 && padding <= 2
  return suitsWinograd && inputs >= 16 && outputs >= 16 ? "winograd" : "direct"
}
