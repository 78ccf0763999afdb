/** Images in a step. */
export const batchSize = 128

/** Steps of a process; the first few warm up and are not counted. */
export const steps = 13

/** Steps not counted. */
export const warmUp = 3
