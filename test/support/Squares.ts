import { Effect, FileSystem } from "effect"
import sharp from "sharp"

/** A new folder with a folder `squares` of pictures of 20 by 16 pixels: 20 dark ones and 20 bright ones. */
export const squares = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const folder = yield* fs.makeTempDirectoryScoped()
  for (const [name, start] of [
    ["dark", 0],
    ["bright", 200]
  ] as const) {
    yield* fs.makeDirectory(`${folder}/squares/${name}`, { recursive: true })
    for (let i = 0; i < 20; i++) {
      const grey = { r: start + i, g: start + i, b: start + i }
      const image = sharp({ create: { width: 20, height: 16, channels: 3, background: grey } }).png()
      yield* Effect.flatMap(
        Effect.promise(() => image.toBuffer()),
        (bytes) => fs.writeFile(`${folder}/squares/${name}/${i}.png`, bytes)
      )
    }
  }
  return folder
})
