import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import sharp from "sharp"
import * as Curves from "../../../src/services/report/Curves.js"
import * as Png from "../../../src/services/report/Png.js"
import * as Report from "../../../src/services/report/Report.js"
import * as RunRecord from "../../../src/services/report/RunRecord.js"
import type { TrainEvent } from "../../../src/train/TrainEvent.js"
import * as Events from "../../support/Events.js"

const small = { epochs: 3, stepsPerEpoch: 4, mistakes: 3 }

const split = (events: ReadonlyArray<TrainEvent>) => {
  const [first, ...rest] = events
  assert.strictEqual(first?._tag, "RunStarted")
  return [first as Events.Started, rest] as const
}
const render = (events: ReadonlyArray<TrainEvent>) => Report.render(...split(events))
const record = (events: ReadonlyArray<TrainEvent>) => RunRecord.fromEvents(...split(events))

const voidElements = new Set(["meta", "br", "img"])

/** Fails unless every element is closed in order, and gives the names of the elements. */
const elements = (html: string): ReadonlyArray<string> => {
  const open: Array<string> = []
  const all: Array<string> = []
  const body = html.replace(/<style>[\s\S]*?<\/style>/g, "")
  for (const [, close, name, empty] of body.matchAll(/<(\/?)([a-zA-Z][\w-]*)(?:"[^"]*"|[^<>"])*?(\/?)>/g)) {
    if (close === "/") assert.strictEqual(open.pop(), name, `</${name}>`)
    else {
      all.push(name!)
      if (!voidElements.has(name!) && empty !== "/") open.push(name!)
    }
  }
  assert.deepStrictEqual(open, [])
  return all
}

const count = (html: string, element: string) => elements(html).filter((name) => name === element).length

/** How much of a picture, given in twice the SVG's units, is not white. */
const inked = (png: Uint8Array, left: number, top: number, width: number, height: number) =>
  Effect.promise(async () => {
    const area = { left: 2 * left, top: 2 * top, width: 2 * width, height: 2 * height }
    const grey = await sharp(png).extract(area).greyscale().raw().toBuffer()
    return grey.filter((value) => value < 128).length / grey.length
  })

describe("Report", () => {
  const runs: ReadonlyArray<readonly [name: string, events: ReadonlyArray<TrainEvent>]> = [
    ["a finished run", Events.finished({ ...small, validation: true })],
    ["a run of one epoch", Events.finished({ ...small, epochs: 1 })],
    ["grey images", Events.finished({ ...small, channels: 1 })],
    ["100 classes", Events.finished({ ...small, classNames: Array.from({ length: 100 }, (_, i) => `class ${i}`) })],
    ["a run stopped in its second epoch", Events.stopped(6, small)],
    ["a run stopped in its first epoch", Events.stopped(2, small)],
    ["a run stopped before its first step", Events.stopped(0, small)],
    ["a run without an end", Events.epochs(small)]
  ]
  it.effect.each(runs)("is a well-formed page that loads nothing: %s", ([, events]) =>
    Effect.gen(function* () {
      const { html, curvesSvg } = yield* render(events)
      assert.match(html, /^<!doctype html>\n<html lang="en">/)
      assert.strictEqual(count(html, "h1"), 1)
      assert.strictEqual(count(html, "svg"), 2)
      elements(curvesSvg)
      assert.notMatch(html, /<script|<link|@import|url\((?!#)/)
      for (const [, source] of html.matchAll(/src="([^"]*)"/g)) assert.match(source!, /^data:image\/png;base64,/)
      const ids = [...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id)
      assert.strictEqual(new Set(ids).size, ids.length)
      assert.notMatch(html.replace(/src="[^"]*"/g, ""), /NaN|undefined|\[object/)
    })
  )

  it.effect("shows the facts of the run", () =>
    Effect.gen(function* () {
      const { html, summary } = yield* render(Events.finished({ ...small, validation: true }))
      for (const text of [html, summary]) {
        for (const fact of [
          "269,722",
          "cifar10",
          "88.17%",
          "45,000 train, 5,000 validation, 10,000 test",
          "9f86d081884c"
        ]) {
          assert.include(text, fact)
        }
      }
      assert.notInclude(html, "not complete")
      assert.strictEqual(count(html, "figure"), 3)
      assert.strictEqual(summary.match(/^ +\d+ +0\.1 /gm)?.length, 3)
    })
  )

  it.effect("shows the counts of up to 20 classes, and sums up more", () =>
    Effect.gen(function* () {
      const few = (yield* render(Events.finished(small))).html
      assert.strictEqual(few.match(/<td class="right/g)?.length, 10)
      assert.strictEqual(few.match(/<td class="wrong/g)?.length, 90)
      const names = Array.from({ length: 100 }, (_, i) => `class ${i}`)
      const many = (yield* render(Events.finished({ ...small, classNames: names }))).html
      assert.include(many, "The 15 classes with the lowest accuracy of 100.")
      assert.include(many, "The 15 most frequent confusions.")
      assert.include(many, "The 15 classes with the lowest F1 of 100.")
      assert.include(many, "All 100 classes")
      assert.isBelow(many.length, 2 * few.length)
    })
  )

  it.effect("has each metric with its interval, the scores of each class, and a reliability diagram", () =>
    Effect.gen(function* () {
      const bins = Array.from({ length: 15 }, (_, m) => ({ count: m, confidence: (m + 0.5) / 15, accuracy: m / 15 }))
      const metrics = [
        { name: "accuracy", goal: "max", unit: "fraction", streams: true },
        { name: "calibration-error", goal: "min", unit: "fraction", streams: true }
      ] as const
      const { html } = yield* render(Events.finished({ ...small, metrics, details: [{ _tag: "Calibration", bins }] }))
      assert.include(html, "87.52% to 88.79%")
      assert.include(html, "Calibration-error (%) by epoch")
      assert.include(html, "Accuracy by confidence")
      const airplane = /<td>airplane<\/td><td>([\d.]+)%<\/td><td>([\d.]+)%<\/td>/.exec(html)
      assert.isAbove(Number(airplane?.[1]), 80)
    })
  )

  it.effect("of values has their metrics, and nothing about classes", () =>
    Effect.gen(function* () {
      const metrics = [{ name: "mae", goal: "min", unit: "number", streams: true }] as const
      const events = Events.finished({ ...small, metrics, mistakes: 0 }).map((event) =>
        event._tag === "Evaluated" ? { ...event, confusion: [] } : event
      )
      const { html, summary } = yield* render(events)
      assert.include(html, "Mae by epoch")
      for (const part of ["Confusion", "<h2>Classes", "Calibration"]) assert.notInclude(html, part)
      assert.include(summary, "test mae")
    })
  )

  it.effect("says that a run was stopped, and why", () =>
    Effect.gen(function* () {
      const { html } = yield* render(Events.stopped(6, small))
      assert.include(html, "This run is not complete.")
      assert.include(html, "stopped after step 6 of 12: interrupted")
    })
  )

  it.effect("says where a run was resumed, and counts an epoch told twice once", () =>
    Effect.gen(function* () {
      const whole = Events.finished(small)
      const end = whole.findIndex((event) => event._tag === "EpochEnded") + 1
      const events = [...whole.slice(0, end), Events.started(small, 4), whole[end - 1]!, ...whole.slice(end)]
      const { html, summary } = yield* render(events)
      assert.include(summary, "at step 4")
      assert.match(summary, /^Epochs +3 of 3$/m)
      assert.include(html, "2026-01-02 03:04 UTC")
    })
  )

  it.effect("escapes every text of the run", () =>
    Effect.gen(function* () {
      const nasty = `<script>alert("1")</script>&'`
      const events = Events.finished({ ...small, classNames: [nasty, ...Events.cifar.slice(1)] }).map((event) =>
        event._tag === "RunStarted" ? { ...event, network: nasty, dataset: nasty, backend: nasty, at: nasty } : event
      )
      const { html } = yield* render(events)
      assert.notInclude(html, "<script")
      assert.include(html, "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;")
      elements(html)
      const stopped = Events.stopped(2, small).map((event) =>
        event._tag === "RunStopped" ? { ...event, reason: nasty } : event
      )
      assert.notInclude((yield* render(stopped)).html, "<script")
    })
  )

  it.effect("shows a mistake's own pixels", () =>
    Effect.gen(function* () {
      const pixels = Uint8Array.from({ length: 12 }, (_, i) => 20 * i)
      const mistake = { index: 1, label: 0, predicted: 1, probability: 0.9, height: 2, width: 2, channels: 3 }
      const png = yield* Png.fromPixels({ ...mistake, pixels: Buffer.from(pixels).toString("base64") })
      const decoded = yield* Effect.promise(() => sharp(png).raw().toBuffer())
      assert.deepStrictEqual([...decoded], [...pixels])
    })
  )

  it.effect("refuses pixels that do not fill the image", () =>
    Effect.gen(function* () {
      const mistake = {
        index: 5,
        label: 0,
        predicted: 1,
        probability: 0.9,
        height: 2,
        width: 2,
        channels: 3,
        pixels: ""
      }
      assert.match((yield* Effect.flip(Png.fromPixels(mistake))).message, /image 5 says 2x2x3, but has 0 bytes/)
    })
  )
})

describe("Curves", () => {
  it("are the same text each time, with a line for each set", () => {
    const svg = Curves.render(record(Events.finished({ ...small, validation: true })))
    assert.strictEqual(Curves.render(record(Events.finished({ ...small, validation: true }))), svg)
    for (const color of ["#0072b2", "#009e73", "#d55e00"]) assert.include(svg, `stroke="${color}"`)
    assert.notInclude(Curves.render(record(Events.finished(small))), "#009e73")
    assert.notMatch(svg, /zr\d|<style/)
  })

  it("leave a gap where a loss is no number", () => {
    const events = Events.finished(small).map((event) =>
      event._tag === "StepEnded" && event.step === 3 ? { ...event, loss: Number.NaN } : event
    )
    assert.notMatch(Curves.render(record(events)), /NaN|Infinity/)
  })

  it("draw no more points than a panel can show", () => {
    const long = Curves.render(record(Events.finished({ epochs: 100, stepsPerEpoch: 100 })))
    assert.isBelow(long.length, 60_000)
  })

  it.effect("are painted with their lines and, without any font of the system, with their text", () =>
    Effect.gen(function* () {
      const { curvesPng } = yield* render(Events.finished(small))
      const { width, height } = yield* Effect.promise(() => sharp(curvesPng).metadata())
      assert.deepStrictEqual([width, height], [2400, 880])
      assert.isAbove(yield* inked(curvesPng, 22, 14, 60, 24), 0.05, "the title")
      assert.isAbove(yield* inked(curvesPng, 290, 400, 60, 24), 0.02, "the axis name")
      assert.isAbove(yield* inked(curvesPng, 70, 64, 490, 300), 0.005, "the lines")
    })
  )
})
