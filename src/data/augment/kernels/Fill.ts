import type { Generator } from "../../../internal/Random.js"
import type { ImageShape } from "../../ImageSet.js"
import type { Window } from "./Resize.js"

/** Paints a window: with one value, a value for each channel, or values drawn evenly for each pixel and channel. */
export const fill = (
  to: Uint8Array,
  { channels, width }: ImageShape,
  window: Window,
  value: number | ReadonlyArray<number> | "random",
  generator: Generator
): void => {
  for (let y = window.top; y < window.top + window.height; y++) {
    const start = (y * width + window.left) * channels
    const end = start + window.width * channels
    if (typeof value === "number") to.fill(value, start, end)
    else if (value === "random") for (let i = start; i < end; i++) to[i] = generator.below(256)
    else for (let i = start; i < end; i++) to[i] = value[(i - start) % channels]!
  }
}
