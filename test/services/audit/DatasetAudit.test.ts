import { mkdtemp, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import sharp from "sharp"
import * as Audit from "../../../src/data/Audit.js"
import * as Dataset from "../../../src/data/Dataset.js"
import * as ImageSet from "../../../src/data/ImageSet.js"
import * as StoredSet from "../../../src/data/StoredSet.js"
import * as AuditPage from "../../../src/services/audit/AuditPage.js"
import * as DatasetAudit from "../../../src/services/audit/DatasetAudit.js"

const grey = (level: number, width = 4) =>
  sharp({ create: { width, height: 4, channels: 3, background: { r: level, g: level, b: level } } })

/** Files of a dataset: a picture twice in two formats, one with two labels, one in both splits, one cut off. */
const files = Effect.promise(async () => {
  const folder = await mkdtemp(join(tmpdir(), "audit-"))
  const at = (name: string) => join(folder, name)
  await grey(10).png().toFile(at("dark.png"))
  await grey(10).webp({ lossless: true }).toFile(at("dark.webp"))
  await grey(20).png().toFile(at("leak.png"))
  await grey(20).withMetadata({ density: 300 }).png().toFile(at("leaked.png"))
  await grey(200, 6).png().toFile(at("light.png"))
  await grey(200, 6).png().toFile(at("conflict.png"))
  const whole = await grey(30).png().toBuffer()
  await writeFile(at("cut.png"), whole.subarray(0, whole.length / 2))
  const entry = async (name: string) => ({ path: at(name), offset: 0, size: (await stat(at(name))).size })
  const stored = async (images: ReadonlyArray<readonly [name: string, label: number]>) => ({
    labels: images.map(([, label]) => label),
    source: StoredSet.files(await Promise.all(images.map(([name]) => entry(name))))
  })
  return {
    train: await stored([
      ["dark.png", 0],
      ["dark.webp", 0],
      ["leak.png", 0],
      ["light.png", 1],
      ["cut.png", 1]
    ]),
    test: await stored([
      ["leaked.png", 0],
      ["conflict.png", 0]
    ])
  }
})

const dataset = Effect.gen(function* () {
  const { test, train } = yield* files
  const shape = { height: 4, width: 4, channels: 3 } as const
  const set = (part: typeof train) => Effect.fromResult(StoredSet.make({ task: "classes", shape, ...part }))
  return {
    name: "greys",
    classNames: ["dark", "light"],
    statistics: { mean: [0, 0, 0], deviation: [1, 1, 1] },
    train: yield* set(train),
    test: yield* set(test)
  } satisfies Dataset.Dataset
})

const names = (groups: Audit.Audit["leaks"]) =>
  groups.map((group) => group.map(({ name }) => name.slice(name.lastIndexOf("/") + 1)))

describe("an audit", () => {
  it.effect("of files finds what cannot be read, is there twice, has two labels, or is in both splits", () =>
    Effect.gen(function* () {
      const audit = yield* DatasetAudit.audit(yield* dataset)
      assert.deepStrictEqual(audit.images, { train: 5, test: 2 })
      assert.deepStrictEqual(audit.classes, [
        { name: "dark", train: 3, test: 2 },
        { name: "light", train: 2, test: 0 }
      ])
      assert.strictEqual(audit.imbalance, 1.5)
      assert.deepStrictEqual(audit.sizes, [
        { height: 4, width: 4, channels: 3, images: 4 },
        { height: 4, width: 6, channels: 3, images: 2 }
      ])
      assert.deepStrictEqual(names(audit.duplicates), [["dark.png", "dark.webp"]])
      assert.deepStrictEqual(names(audit.leaks), [["leak.png", "leaked.png"]])
      assert.deepStrictEqual(names(audit.conflicts), [["light.png", "conflict.png"]])
      assert.strictEqual(audit.unreadable.length, 1)
      assert.match(audit.unreadable[0]?.name ?? "", /cut\.png$/)
      assert.isFalse(Audit.isClean(audit))
    })
  )

  it.effect("has a page that loads nothing, with a picture of each finding", () =>
    Effect.gen(function* () {
      const set = yield* dataset
      const page = yield* AuditPage.render(set, yield* DatasetAudit.audit(set))
      assert.notMatch(page, /(src|href)="(?!data:)/)
      for (const title of [
        "Unreadable: 1",
        "Duplicates: 1",
        "In training and test: 1",
        "Same picture, different labels: 1"
      ]) {
        assert.include(page, title)
      }
      // Three findings and four readable samples have pictures.
      assert.strictEqual(page.match(/<img src="data:image\/png/g)?.length, 7)
    })
  )

  it.effect("of images in memory that are all different is clean", () =>
    Effect.gen(function* () {
      const shape = { height: 1, width: 2, channels: 1 }
      const train = yield* Effect.fromResult(ImageSet.make(shape, [0, 1, 2, 3], [0, 1]))
      const test = yield* Effect.fromResult(ImageSet.make(shape, [4, 5], [0]))
      const set = yield* Effect.fromResult(Dataset.make({ name: "few", classNames: ["a", "b"], train, test }))
      const audit = yield* DatasetAudit.audit(set)
      assert.deepStrictEqual([audit.leaks, audit.duplicates, audit.conflicts, audit.unreadable], [[], [], [], []])
      assert.isTrue(Audit.isClean(audit))
    })
  )
})
