import { LineChart } from "echarts/charts"
import { GridComponent, LegendComponent, TitleComponent } from "echarts/components"
import * as echarts from "echarts/core"
import { SVGRenderer } from "echarts/renderers"

echarts.use([LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer])

/** The family that the text of the charts is set in; `Png` brings its files along. */
export const fontFamily = "Inter, system-ui, sans-serif"

const panelWidth = 600
const height = 440
/** The colour of axes and text. */
export const ink = "#1f2933"
/** The colour of the lines of a grid. */
export const faint = "#e4e7eb"

/** A point of a line: the epoch, and the value if there is one. */
export type Point = readonly [x: number, y: number | null]

/** A line of a panel, over epochs. */
export interface Line {
  readonly name: string
  readonly data: Array<Point>
  readonly color: string
  readonly symbol: "none" | "circle" | "triangle" | "rect"
  readonly showSymbol?: boolean
  readonly lineStyle: {
    readonly width: number
    readonly opacity?: number
    readonly type?: "solid" | "dotted" | "dashed"
  }
  /** Drawn in the legend as a thin bar. */
  readonly isFaint?: boolean
}

/** A panel with its lines. The axis of values starts at 0, or near the lowest if it is `fitted`. */
export interface Panel {
  readonly title: string
  readonly fitted: boolean
  readonly lines: ReadonlyArray<Line>
}

/** Takes out of a drawing what the library numbers by a counter of the process, and what only its own browser part reads, so that two drawings of one run do not differ. */
export const settle = (svg: string, prefix: string): string =>
  svg
    .replace(/<style\s*>[\s\S]*?<\/style>\s*/g, "")
    .replace(/ (?:class="zr\d+-cls-\d+"|ecmeta_\w+="[^"]*"|pointer-events="visible")/g, "")
    .replace(/zr\d+-/g, prefix)

/**
 * Draws panels side by side as an SVG. The same panels give the same text, byte for byte. `ids` begins the names of the parts, so that one page can hold several drawings;
 * `legendRows` more rows for the legend stand below the titles; `x` is the axis of all panels.
 */
export const draw = (
  panels: ReadonlyArray<Panel>,
  ids: string,
  legendRows = 0,
  x: { readonly name: string; readonly min: number } = { name: "epoch", min: 0 }
): string => {
  const lower = legendRows * 22
  const chart = echarts.init(null, null, {
    renderer: "svg",
    ssr: true,
    width: panelWidth * panels.length,
    height: height + lower
  })
  const end = Math.max(1, ...panels.flatMap(({ lines }) => lines.flatMap(({ data }) => data.map(([x]) => x))))
  const text = { fontFamily, color: ink }
  const left = (index: number) => index * panelWidth
  chart.setOption({
    animation: false,
    backgroundColor: "#ffffff",
    textStyle: text,
    title: panels.map(({ title }, index) => ({
      text: title,
      left: left(index) + 22,
      top: 14,
      textStyle: { ...text, fontSize: 18, fontWeight: 600 }
    })),
    legend: panels.map(({ lines }, index) => ({
      data: lines.map(({ isFaint, name }) =>
        isFaint === true ? { name, icon: "path://M0 4H26V6H0Z", itemStyle: { opacity: 0.5 } } : name
      ),
      left: left(index) + (legendRows === 0 ? 200 : 22),
      top: legendRows === 0 ? 16 : 44,
      ...(legendRows === 0 ? {} : { width: panelWidth - 44 }),
      itemGap: legendRows === 0 ? 14 : 22,
      itemWidth: 26,
      textStyle: { ...text, fontSize: 13 }
    })),
    grid: panels.map((_, index) => ({
      left: left(index) + 68,
      top: 62 + lower,
      width: panelWidth - 98,
      height: height - 126
    })),
    xAxis: panels.map((_, index) => ({
      type: "value",
      gridIndex: index,
      min: x.min,
      max: end,
      name: x.name,
      nameLocation: "middle",
      nameGap: 34,
      nameTextStyle: { ...text, fontSize: 14 },
      axisLabel: { ...text, fontSize: 13, showMaxLabel: Number.isInteger(end) },
      axisLine: { lineStyle: { color: ink } },
      splitLine: { show: false }
    })),
    yAxis: panels.map(({ fitted, lines }, index) => ({
      type: "value",
      gridIndex: index,
      scale: fitted,
      axisLine: { onZero: false },
      ...(lines.every(({ data }) => data.length === 0) ? { min: 0, max: 1 } : {}),
      axisLabel: { ...text, fontSize: 13 },
      splitLine: { lineStyle: { color: faint } }
    })),
    series: panels.flatMap(({ lines }, index) =>
      lines.map(({ isFaint: _, lineStyle, symbol, ...line }) => ({
        ...line,
        type: "line" as const,
        xAxisIndex: index,
        yAxisIndex: index,
        silent: true,
        symbol,
        lineStyle,
        ...(symbol === "none" ? {} : { symbolSize: 6, itemStyle: { color: line.color, opacity: 1 } })
      }))
    )
  })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return `${settle(svg, ids)}\n`
}
