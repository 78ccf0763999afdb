import { BarChart } from "echarts/charts"
import { GridComponent, LegendComponent, TitleComponent } from "echarts/components"
import * as echarts from "echarts/core"
import { SVGRenderer } from "echarts/renderers"
import { faint, fontFamily, ink } from "../../src/services/report/Chart.js"
import { isPyTorch, ours } from "../step/Programs.js"
import type * as StepResult from "../step/StepResult.js"

echarts.use([BarChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer])

/** What was measured with an instruction set: of each network, the programs. */
export interface Measured {
  readonly title: string
  readonly networks: ReadonlyArray<{ readonly name: string; readonly rows: ReadonlyArray<StepResult.Row> }>
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
const showSpeed = ({ value }: { readonly value: unknown }) => (typeof value === "number" ? value.toFixed(2) : "")
const text = { fontFamily, color: ink }

/** The speed of each program as a multiple of PyTorch's with the setting that suits the network best: an SVG with a panel for the step and one for the evaluation. */
export const draw = (measured: ReadonlyArray<Measured>): string => {
  const panels = measured.flatMap(({ networks, title }) => [
    { title: `Training step, ${title}`, networks, of: ({ step }: StepResult.Row) => step.median },
    { title: `Evaluation, ${title}`, networks, of: ({ evaluation }: StepResult.Row) => evaluation.median }
  ])
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
    legend: {
      top: 14,
      left: 18,
      itemGap: 44,
      data: bars.map(({ name }) => name),
      textStyle: { ...text, fontSize: 14 }
    },
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
          const fastest = (has: (program: string) => boolean) =>
            Math.min(...rows.filter(({ name }) => has(name)).map(of))
          const speed = fastest(isPyTorch) / fastest(has)
          return Number.isFinite(speed) && speed > 0 ? speed : null
        })
      }))
    )
  })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return svg
}
