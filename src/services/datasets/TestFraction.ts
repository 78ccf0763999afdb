/** The fraction of a folder that is the test set by default: one image in five. */
export const defaultTestFraction = 0.2
