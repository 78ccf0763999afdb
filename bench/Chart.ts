/** Draws docs/bench.png from the files of results: `npm run bench -- chart`, after `npm run bench`. */
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { BarChart } from "echarts/charts"
import { GridComponent, LegendComponent, TitleComponent } from "echarts/components"
import * as echarts from "echarts/core"
import { SVGRenderer } from "echarts/renderers"
import { Effect, Schema } from "effect"
import { instructionSets } from "../src/services/native/KernelFiles.js"
import { faint, fontFamily, ink } from "../src/services/report/Chart.js"
import * as Png from "../src/services/report/Png.js"
import { results } from "./Report.js"
import * as Job from "./step/Job.js"
import { isPyTorch, ours } from "./step/Programs.js"
import * as Result from "./step/Result.js"

echarts.use([BarChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer])

const read = (name: Job.Name, set: string): ReadonlyArray<Result.Row> => {
  const file = `${results}step-${name}-${set}.json`
  return existsSync(file)
    ? Result.rows(Schema.decodeUnknownSync(Schema.fromJsonString(Result.Result))(readFileSync(file, "utf8")))
    : []
}

/** What a bar stands for: the fastest of these programs. The colours are Okabe and Ito's, which colour-blind eyes tell apart too. */
const bars = [
  { name: "PyTorch, default", color: "#56b4e9", has: (program: string) => program === "PyTorch default" },
  { name: "PyTorch, fastest setting", color: "#0072b2", has: isPyTorch },
  { name: "TensorFlow tf.function", color: "#e69f00", has: (program: string) => program.startsWith("TensorFlow") },
  { name: "effect-tensorflow", color: "#d55e00", has: (program: string) => program === ours }
]

const width = 1200
const height = 340
const titles = { avx512: "AVX-512", avx2: "AVX2", portable: "neither AVX2 nor AVX-512" }

const panels = instructionSets.toReversed().flatMap((set) => {
  const networks = Job.names.map((name) => ({ name, rows: read(name, set) })).filter(({ rows }) => rows.length > 0)
  return networks.length === 0
    ? []
    : [
        { title: `Training step, ${titles[set]}`, networks, of: ({ step }: Result.Row) => step.median },
        { title: `Evaluation, ${titles[set]}`, networks, of: ({ evaluation }: Result.Row) => evaluation.median }
      ]
})
if (panels.length === 0) throw new Error("there are no results of a step: `npm run bench -- --python PYTHON` first")

const showSpeed = ({ value }: { readonly value: unknown }) => (typeof value === "number" ? value.toFixed(2) : "")
const text = { fontFamily, color: ink }
const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width, height: height * panels.length + 50 })
chart.setOption({
  animation: false,
  backgroundColor: "#ffffff",
  textStyle: text,
  title: panels.map(({ title }, i) => ({
    text: `${title}: images per second, those of PyTorch's fastest setting as 1`,
    left: 22,
    top: 50 + i * height,
    textStyle: { ...text, fontSize: 18, fontWeight: 600 }
  })),
  legend: { top: 14, left: 18, itemGap: 44, data: bars.map(({ name }) => name), textStyle: { ...text, fontSize: 14 } },
  grid: panels.map((_, i) => ({ left: 60, top: 90 + i * height, width: width - 90, height: height - 90 })),
  xAxis: panels.map(({ networks }, i) => ({
    type: "category",
    gridIndex: i,
    data: networks.map(({ name }) => name),
    axisLabel: { ...text, fontSize: 14, interval: 0 },
    axisLine: { lineStyle: { color: ink } },
    axisTick: { show: false }
  })),
  yAxis: panels.map((_, i) => ({
    type: "value",
    gridIndex: i,
    axisLabel: { ...text, fontSize: 13 },
    splitLine: { lineStyle: { color: faint } }
  })),
  series: panels.flatMap(({ networks, of }, i) =>
    bars.map(({ color, has, name }) => ({
      type: "bar" as const,
      name,
      xAxisIndex: i,
      yAxisIndex: i,
      itemStyle: { color },
      label: { ...text, show: true, position: "top" as const, fontSize: 12, formatter: showSpeed },
      data: networks.map(({ rows }) => {
        const fastest = (has: (program: string) => boolean) => Math.min(...rows.filter(({ name }) => has(name)).map(of))
        const speed = fastest(isPyTorch) / fastest(has)
        return Number.isFinite(speed) && speed > 0 ? speed : null
      })
    }))
  )
})
const svg = chart.renderToSVGString()
chart.dispose()
writeFileSync("docs/bench.png", await Effect.runPromise(Png.fromSvg(svg)))
