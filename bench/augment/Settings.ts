/** How often the images are timed in a process, for how long each time; `torchvision.py` is told. */
export const chunks = 7
export const chunkMillis = 40

/** Images of a size in pixels: as many as fill half a megabyte or more, so that they do not stay in the processor's nearest cache. */
export const images = (size: number): number => (size > 100 ? 20 : 160)
