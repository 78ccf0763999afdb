/** Images in a step. */
export const batchSize = 128

/** Steps of a process; the first of them warm up and are not counted. */
export const steps = 30

/** Steps not counted: until V8 has compiled what is hot, which takes a step a dozen. */
export const warmUp = 12
