import { Result } from "effect"
import { cifar10, imagenet, mnist } from "../../src/model/families/Tasks.js"
import type { Network, Task } from "../../src/model/Network.js"
import * as Networks from "../../src/model/Networks.js"
import * as Summary from "../../src/model/Summary.js"
import * as Evaluator from "../../src/services/run/Evaluator.js"

/** What a program times, in its own process: given to it as JSON, its first argument. */
export interface Job {
  readonly network: Network
  /** The trainable numbers; a program that builds another network fails. */
  readonly parameters: number
  /** Images of a training step. */
  readonly batchSize: number
  /** Images of a batch of an evaluation: ours first, and that of training, which may suit others better. */
  readonly evaluationBatches: ReadonlyArray<number>
  /** Steps that come first and are not counted. */
  readonly warmUp: number
  readonly steps: number
  /** Evaluations of a batch that are counted; they take a third of a step's time, and vary less. */
  readonly evaluations: number
  readonly threads: number
  readonly learningRate: number
  readonly momentum: number
  readonly weightDecay: number
}

interface Timed {
  readonly name: string
  readonly task: Task
  readonly batchSize: number
  readonly warmUp: number
  readonly steps: number
}

// V8 has compiled what is hot in a step after a dozen; where a step takes seconds, JavaScript hardly counts.
const timed = {
  seminar: { name: "seminar-resnet-5", task: cifar10, batchSize: 128, warmUp: 12, steps: 18 },
  "resnet-1-1-1-1": { name: "resnet-1-1-1-1", task: cifar10, batchSize: 128, warmUp: 12, steps: 60 },
  airbench94: { name: "airbench94", task: cifar10, batchSize: 512, warmUp: 3, steps: 6 },
  "cifar-resnet20": { name: "cifar-resnet20", task: cifar10, batchSize: 128, warmUp: 12, steps: 40 },
  resnet18: { name: "resnet18", task: cifar10, batchSize: 128, warmUp: 3, steps: 6 },
  resnet50: { name: "resnet50", task: imagenet, batchSize: 16, warmUp: 3, steps: 5 },
  "mnist-cnn": { name: "mnist-cnn", task: mnist, batchSize: 64, warmUp: 30, steps: 300 }
} as const satisfies Readonly<Record<string, Timed>>

export type Name = keyof typeof timed

const isName = (text: string): text is Name => text in timed

/** What is timed, in the order of the report. */
export const names = Object.keys(timed).filter(isName)

/** The names that a command line gives; throws where one is unknown. */
export const parse = (given: ReadonlyArray<string>): ReadonlyArray<Name> =>
  given.map((text) => {
    if (isName(text)) return text
    throw new Error(`${text} is not timed; there are ${names.join(", ")}`)
  })

/** The job of a network; `steps` in place of its own number. */
export const make = (name: Name, { steps, threads }: { readonly steps?: number; readonly threads: number }): Job => {
  const { task, ...given } = timed[name]
  const network = Networks.build(Result.getOrThrow(Networks.parse(given.name)), task)
  const { parameters } = Result.getOrThrow(Summary.summarize(network))
  return {
    network,
    parameters,
    batchSize: given.batchSize,
    evaluationBatches: [...new Set([Evaluator.batchSizeFor(network.input), given.batchSize])],
    warmUp: given.warmUp,
    steps: steps ?? given.steps,
    evaluations: Math.ceil((steps ?? given.steps) / 2),
    threads,
    learningRate: 0.01,
    momentum: 0.9,
    weightDecay: 5e-4
  }
}
