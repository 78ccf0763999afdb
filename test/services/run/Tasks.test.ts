import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Backend } from "../../../src/services/backend/Backend.js"
import * as Page from "../../../src/services/report/Page.js"
import * as RunRecord from "../../../src/services/report/RunRecord.js"
import { Checkpoints } from "../../../src/services/run/Checkpoints.js"
import * as Evaluator from "../../../src/services/run/Evaluator.js"
import { Reporters } from "../../../src/services/run/Reporters.js"
import { Trainer } from "../../../src/services/run/Trainer.js"
import * as LearningRate from "../../../src/train/LearningRate.js"
import * as Loss from "../../../src/train/Loss.js"
import * as Plan from "../../../src/train/Plan.js"
import type { TrainEvent } from "../../../src/train/TrainEvent.js"
import { assertNoLeak } from "../../support/NoLeak.js"
import * as Tasks from "../../support/Tasks.js"

/** Fits a plan; its events, and the evaluation of the finished weights. */
const train = (plan: Plan.Plan) =>
  Effect.gen(function* () {
    const events: Array<TrainEvent> = []
    const reporter = { name: "list", onEvent: (event: TrainEvent) => Effect.sync(() => void events.push(event)) }
    const live = Trainer.layer.pipe(
      Layer.provide([Checkpoints.layerMemory, Reporters.layer([Effect.succeed(reporter)])])
    )
    const { finished, weights } = yield* Effect.provide(
      Effect.flatMap(Trainer, (trainer) => trainer.fit(plan)),
      live
    )
    const { dataset, network } = plan
    const { test: set, statistics } = dataset
    const evaluation = yield* Evaluator.evaluateWeights({ network, weights, set, statistics })
    return { events, finished, evaluation }
  }).pipe(assertNoLeak, Effect.provide(Backend.layerCpu))

const short = <T extends Plan.Plan>(plan: T) =>
  plan.pipe(
    Plan.epochs(30),
    Plan.batchSize(16),
    Plan.rate(() => LearningRate.constant(0.1))
  )

const ofValues = Plan.make({ network: Tasks.network(2), dataset: Tasks.values })
const ofLabels = Plan.make({ network: Tasks.network(4), dataset: Tasks.multiple })

/** Without training the losses are about 0.3 for values, and 0.69 (log 2) for several labels. */
describe("a run on images with values, or with several labels", () => {
  it.effect.each([
    ["values", short(ofValues), 1e-4],
    ["values, by Huber's loss", short(Plan.loss(Loss.huber({ delta: 0.5 }))(ofValues)), 1e-3],
    ["several labels", short(ofLabels), 0.2],
    ["several labels, by the focal loss", short(Plan.loss(Loss.binaryFocal({ alpha: null }))(ofLabels)), 0.35],
    ["several labels, mixed", short(Plan.mix({ mixup: 0.4, cutmix: 1 })(ofLabels)), 0.45]
  ] as const)("learns %s, and claims no accuracy", ([, plan, atMost]) =>
    Effect.gen(function* () {
      const { evaluation, events, finished } = yield* train(plan)
      assert.isBelow(evaluation.scores.loss, atMost)
      assert.deepStrictEqual(evaluation.scores, finished.test)
      assert.notMatch(JSON.stringify(events), /"accuracy":\d/)
      assert.isEmpty(evaluation.confusion)
      assert.isEmpty(evaluation.mistakes)
      const [started, ...rest] = events
      if (started?._tag !== "RunStarted") return assert.fail("a run begins with its start")
      assert.notInclude(Page.render(RunRecord.fromEvents(started, rest), []), "NaN")
    })
  )
})
