import * as Command from "effect/cli/Command"
import * as Flags from "./Flags.js"
import * as Output from "./Output.js"

const group = <const Name extends string>(name: Name, description: string) =>
  Command.make(name).pipe(Command.withDescription(description))

const data = group("data", "Fetch the datasets, or show what is known about them").pipe(
  Command.withSubcommands([
    Output.command("fetch", "Put a dataset into the user's cache", Flags.data, () => import("./DataFetch.js")),
    Output.command("info", "Show what is known about a dataset", Flags.data, () => import("./DataInfo.js")),
    Output.command(
      "audit",
      "Read every image, and list what cannot be read, is there twice, or is in training and test",
      Flags.audit,
      () => import("./DataAudit.js")
    )
  ])
)

const native = group("native", "Install native TensorFlow").pipe(
  Command.withSubcommands([
    Output.command(
      "install",
      "Put native TensorFlow into the user's cache, once for all projects",
      Flags.nativeInstall,
      () => import("./NativeInstall.js")
    )
  ])
)

/** The commands with their flags and help texts; what they do is loaded when they run. */
export const root = group("effect-tensorflow", "Trains neural networks on TensorFlow's own kernels").pipe(
  Command.withSubcommands([
    Output.command(
      "create",
      "Make a project with a training program and its test",
      Flags.create,
      () => import("./Create.js")
    ),
    Output.command("train", "Train a network", Flags.train, () => import("./Train.js")),
    Output.command(
      "evaluate",
      "Evaluate a trained network on the test images of a dataset",
      Flags.evaluate,
      () => import("./Evaluate.js")
    ),
    Output.command(
      "predict",
      "Show what a trained network makes of images: of one file a list of classes, of more or a folder CSV",
      Flags.predict,
      () => import("./Predict.js")
    ),
    Output.command(
      "export",
      "Write a trained network for browsers, for PyTorch or as ONNX",
      Flags.exported,
      () => import("./Export.js")
    ),
    Output.command(
      "summary",
      "Show the layers of a network, their shapes, parameters and multiply-adds",
      Flags.summary,
      () => import("./Summary.js")
    ),
    Output.command(
      "plot",
      "Rebuild the curves, the report and the summary of a run from its log",
      Flags.plot,
      () => import("./Plot.js")
    ),
    Output.command("rate", "Draw the learning rate of a recipe over its epochs", Flags.rate, () => import("./Rate.js")),
    Output.command(
      "compare",
      "Compare runs: their scores, what they took, and in what their plans differ",
      Flags.compare,
      () => import("./Compare.js")
    ),
    Output.command(
      "augment",
      "Draw training images as the first epochs of a run show them",
      Flags.augment,
      () => import("./Augment.js")
    ),
    data,
    native,
    Output.command(
      "doctor",
      "Report Node, TensorFlow, processor and cache, and for each problem how to fix it",
      {},
      () => import("./Doctor.js")
    )
  ])
)
