import { Effect, Option, Path } from "effect"
import { Audit, isClean } from "../data/Audit.js"
import * as AuditPage from "../services/audit/AuditPage.js"
import * as DatasetAudit from "../services/audit/DatasetAudit.js"
import * as DatasetSettings from "../services/config/DatasetSettings.js"
import * as RunConfig from "../services/config/RunConfig.js"
import { makeDirectories, writeAtomic } from "../services/files/Files.js"
import type * as Flags from "./Flags.js"

/** `data audit`: every image of a dataset is read once, and what is wrong with them is listed. */
export const run = Effect.fnUntraced(function* ({ name, out, set }: Flags.Input<typeof Flags.audit>) {
  const { settings } = yield* RunConfig.load({ set })
  // Left on the disk, so that a file that cannot be decoded is found by the audit.
  const dataset = yield* DatasetSettings.load(name, { ...settings.data, storage: "disk" })
  const audit = yield* DatasetAudit.audit(dataset)
  if (Option.isSome(out)) {
    const path = yield* Path.Path
    yield* makeDirectories(path.dirname(path.resolve(out.value)))
    yield* writeAtomic(out.value, yield* AuditPage.render(dataset, audit))
    yield* Effect.logInfo(`wrote ${out.value}`)
  }
  return audit
})

export const schema = Audit

export const ok = isClean

const shown = 10

const list = (title: string, lines: ReadonlyArray<string>): ReadonlyArray<string> => [
  `${title}: ${lines.length === 0 ? "none" : lines.length}`,
  ...lines.slice(0, shown).map((line) => `  ${line}`),
  ...(lines.length > shown ? [`  and ${lines.length - shown} more`] : [])
]

const same = (group: Audit["leaks"][number]): string =>
  group.map(({ labels, name, split }) => `${name} (${[split, ...labels].join(", ")})`).join(" = ")

export const text = (audit: Audit): string => {
  const { classes, conflicts, dataset, duplicates, imbalance, images, leaks, sizes, unreadable } = audit
  const width = Math.max(...classes.map(({ name }) => name.length), 0)
  return [
    `${dataset}: ${images.train} training and ${images.test} test images`,
    ...classes.map(({ name, test, train }) => `  ${name.padEnd(width)}  ${train} + ${test}`),
    ...(imbalance === null ? [] : [`largest class over smallest: ${imbalance.toFixed(2)}`]),
    ...list(
      "sizes",
      sizes.map(({ channels, height, images, width }) => `${height}x${width}x${channels}: ${images}`)
    ),
    ...list(
      "unreadable",
      unreadable.map(({ name, reason }) => `${name}: ${reason}`)
    ),
    ...list("the same picture with different labels", conflicts.map(same)),
    ...list("in training and test", leaks.map(same)),
    ...list("duplicates", duplicates.map(same))
  ].join("\n")
}
