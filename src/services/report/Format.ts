import * as Metrics from "../../train/Metrics.js"
import type { MetricInfo } from "../../train/TrainEvent.js"

/** A loss, with as many decimals as tell two epochs apart; short even where it diverged. */
export const loss = (value: number): string => {
  const size = Math.abs(value)
  return size >= 1e5 && Number.isFinite(value) ? value.toExponential(2) : value.toFixed(size >= 100 ? 1 : 4)
}

/** A fraction as per cent. */
export const percent = (fraction: number): string => `${(100 * fraction).toFixed(2)}%`

/** Whether the values of a score are fractions: what the run says of its metrics, else what is known of the built-in ones. */
export const isFraction = (name: string, known: ReadonlyArray<MetricInfo> = []): boolean =>
  (known.find((metric) => metric.name === name) ?? Metrics.named(name))?.unit === "fraction"

/** The value of the loss or a metric; a dash where there is none. */
export const score = (name: string, value: number | undefined, known?: ReadonlyArray<MetricInfo>): string =>
  value === undefined ? "-" : isFraction(name, known) ? percent(value) : loss(value)

/** A learning rate, with four significant digits at most. */
export const rate = (value: number): string => {
  const rounded = Number(value.toPrecision(4))
  return value !== 0 && value < 1e-3 ? rounded.toExponential() : String(rounded)
}

/** A whole number with thousands separated. */
export const integer = (value: number): string => Math.round(value).toLocaleString("en-US")

/** Seconds as a person says them: `48s`, `3m 05s`, `2h 07m`. */
export const duration = (seconds: number): string => {
  const whole = Math.round(seconds)
  const two = (n: number) => String(n).padStart(2, "0")
  if (whole < 60) return `${whole}s`
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${two(whole % 60)}s`
  return `${Math.floor(whole / 3600)}h ${two(Math.floor((whole % 3600) / 60))}m`
}

/** An ISO date and time to the minute, as `2026-01-02 03:04 UTC`; other text as it is. */
export const instant = (iso: string): string =>
  iso.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d(?:\.\d+)?Z$/, "$1 $2 UTC")
