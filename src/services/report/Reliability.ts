import { BarChart, LineChart } from "echarts/charts"
import { GridComponent } from "echarts/components"
import * as echarts from "echarts/core"
import { SVGRenderer } from "echarts/renderers"
import type { CalibrationBin } from "../../train/metrics/Detail.js"
import type { Evaluated } from "../../train/TrainEvent.js"
import * as Chart from "./Chart.js"

echarts.use([BarChart, LineChart, GridComponent, SVGRenderer])

/** The bins of confidence, if calibration was measured. */
export const binsOf = ({ details }: Evaluated): ReadonlyArray<CalibrationBin> =>
  details.flatMap((detail) => (detail._tag === "Calibration" ? detail.bins : []))

/**
 * Draws a reliability diagram as an SVG: the accuracy of the images of each bin as a bar, against the line on which a calibrated network's bars end. The
 * same bins give the same text.
 */
export const draw = (bins: ReadonlyArray<CalibrationBin>): string => {
  const { faint, fontFamily, ink } = Chart
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width: 600, height: 440 })
  const text = { fontFamily, color: ink, fontSize: 13 }
  const axis = (name: string, nameGap: number) => ({
    type: "value" as const,
    min: 0,
    max: 100,
    name,
    nameLocation: "middle" as const,
    nameGap,
    nameTextStyle: { ...text, fontSize: 14 },
    axisLabel: text,
    axisLine: { lineStyle: { color: ink } },
    splitLine: { lineStyle: { color: faint } }
  })
  chart.setOption({
    animation: false,
    backgroundColor: "#ffffff",
    grid: { left: 68, top: 24, width: 502, height: 352 },
    xAxis: [axis("confidence (%)", 34), { type: "category", show: false, data: bins.map((_, m) => `${m}`) }],
    yAxis: axis("accuracy (%)", 44),
    series: [
      {
        type: "bar",
        xAxisIndex: 1,
        barCategoryGap: "8%",
        silent: true,
        itemStyle: { color: "#0072b2" },
        data: bins.map(({ accuracy, count }) => (count === 0 ? null : 100 * accuracy))
      },
      {
        type: "line",
        xAxisIndex: 0,
        symbol: "none",
        silent: true,
        lineStyle: { width: 2, type: "dashed", color: "#d55e00" },
        data: [
          [0, 0],
          [100, 100]
        ]
      }
    ]
  })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return `${Chart.settle(svg, "reliability-")}\n`
}
