import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as Comparison from "../../../src/services/report/Comparison.js"
import * as ComparisonPage from "../../../src/services/report/ComparisonPage.js"
import * as RunRecord from "../../../src/services/report/RunRecord.js"
import * as Plan from "../../../src/train/Plan.js"
import * as PlanRecord from "../../../src/train/PlanRecord.js"
import * as Events from "../../support/Events.js"
import * as Plans from "../../support/Plans.js"

const small = { epochs: 3, stepsPerEpoch: 4, mistakes: 0 }
const planOf = (plan: Plan.Plan) => PlanRecord.of(Result.getOrThrow(Plan.check(plan)))
const recordOf = (events: ReadonlyArray<ReturnType<typeof Events.finished>[number]>) =>
  RunRecord.fromEvents(Events.started(small), events.slice(1))

const one = { record: recordOf(Events.finished(small)), plan: planOf(Plans.small) }
const group = (name: string, ...runs: Comparison.Group["runs"]): Comparison.Group => ({ name, runs })

const column = (table: Comparison.Table, heading: string) =>
  table.rows.map((row) => row[table.headings.indexOf(heading)])

describe("a comparison", () => {
  it("has the scores at the end and the best epoch of each run", () => {
    const stopped = { ...one, record: recordOf(Events.stopped(9, small)) }
    const table = Comparison.table([group("a", one), group("b", stopped)])
    assert.deepStrictEqual(column(table, "run"), ["a", "b (not finished)"])
    assert.deepStrictEqual(column(table, "epochs"), ["3", "2"])
    assert.deepStrictEqual(column(table, "test acc")[0], "88.17%")
    const accuracies = one.record.epochs.map(({ test }) => test?.metrics.accuracy ?? 0)
    assert.deepStrictEqual(column(table, "best acc")[0], `test ${(100 * Math.max(...accuracies)).toFixed(2)}%`)
    assert.deepStrictEqual(column(table, "at epoch")[0], `${accuracies.indexOf(Math.max(...accuracies)) + 1}`)
  })

  it("has mean and deviation of runs that differ only in their seeds", () => {
    const { end } = one.record
    if (end?._tag !== "RunFinished") return assert.fail("the run is not finished")
    const other = {
      ...one,
      record: { ...one.record, end: { ...end, test: { ...end.test, metrics: { accuracy: 0.9017 } } } }
    }
    const table = Comparison.table([group("seeds", one, other)])
    assert.deepStrictEqual(column(table, "runs"), ["2"])
    assert.deepStrictEqual(column(table, "test acc"), ["89.17% ± 1.41%"])
  })

  it("has the settings in which the plans differ, with the value of each", () => {
    const other = { ...one, plan: planOf(Plans.small.pipe(Plan.batchSize(4), Plan.limitTrain(0.5))) }
    const { headings, rows } = Comparison.settings([group("a", one), group("b", other), group("c", one)])
    assert.deepStrictEqual(headings, ["setting", "a", "b", "c"])
    assert.deepInclude(rows, ["batchSize", "8", "4", "8"])
    assert.deepInclude(rows, ["limitTrain", "-", "0.5", "-"])
    assert.deepStrictEqual(Comparison.settings([group("a", one), group("b", one)]).rows, [])
  })

  it("is a page with a line for each run, the same every time", () => {
    const groups = [group("a <b>", one), group("c", one)]
    const page = ComparisonPage.render(groups)
    assert.strictEqual(ComparisonPage.render(groups), page)
    assert.include(page, "a &lt;b&gt; (test)")
    assert.notInclude(page, "a <b>")
    assert.include(page, "Nothing that decides what the runs compute")
    assert.include(ComparisonPage.curves(groups), "Evaluation accuracy (%)")
  })
})
