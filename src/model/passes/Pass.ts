import type * as Layout from "../Layout.js"

/** An optimization: another layout that computes the same. */
export type Pass = (layout: Layout.Layout) => Layout.Layout
