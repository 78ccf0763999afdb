import type { Recipe } from "../Recipe.js"

/** What a preset sets; the other fields keep their defaults. */
export type Preset = typeof Recipe.Encoded & Required<Pick<typeof Recipe.Encoded, "dataset" | "network">>
