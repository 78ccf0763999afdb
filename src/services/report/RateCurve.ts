import * as RateFinder from "../../train/RateFinder.js"
import * as Chart from "./Chart.js"

/**
 * Draws a search for a learning rate as an SVG: the loss over the logarithm of the rate, and the suggestions. Losses of more than twice the first are left out.
 *
 * @category rendering
 */
export const render = (search: RateFinder.Search): string => {
  const suggestion = RateFinder.suggest(search)
  // A loss that diverges would make everything before it a flat line.
  const ceiling = 2 * (search.points[0]?.loss ?? 0)
  const line = (name: string, value: (point: RateFinder.Point) => number, isFaint: boolean): Chart.Line => ({
    name,
    data: search.points.map((point) => [Math.log10(point.rate), value(point) > ceiling ? null : value(point)] as const),
    color: "#0072b2",
    symbol: "none",
    lineStyle: { width: isFaint ? 1 : 2.5, ...(isFaint ? { opacity: 0.35 } : {}) },
    isFaint
  })
  const mark = (name: "valley" | "steepest", color: string, symbol: "circle" | "rect"): ReadonlyArray<Chart.Line> => {
    const point = suggestion && search.points.find(({ rate }) => rate === suggestion[name])
    return point == null
      ? []
      : [
          {
            name: `${name} ${point.rate.toPrecision(2)}`,
            data: [[Math.log10(point.rate), point.smoothed]],
            color,
            symbol,
            showSymbol: true,
            lineStyle: { width: 0 }
          }
        ]
  }
  const lines = [
    line("each step", ({ loss }) => loss, true),
    line("smoothed", ({ smoothed }) => smoothed, false),
    ...mark("valley", "#d55e00", "circle"),
    ...mark("steepest", "#009e73", "rect")
  ]
  return Chart.draw([{ title: "Loss", fitted: true, lines }], "rate-", 1, {
    name: "learning rate, as a power of 10",
    min: Math.floor(Math.log10(search.range.from))
  })
}
