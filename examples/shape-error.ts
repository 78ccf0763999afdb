/** The classic mistake of a residual network, adding 16 channels to 32: it does not compile, and counts known only at run time are a typed error. */
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { Layers, Network } from "../src/index.js"

const { batchNorm, chain, conv, globalAvgPool, identity, identityPadding, linear, named, relu, residual } = Layers

// @ts-expect-error: the body makes 32 channels of 16, the shortcut keeps 16
residual({ body: chain(conv(16, 32), batchNorm(32), relu), shortcut: identity })

// With a shortcut that leads from 16 to 32 as well, it compiles.
residual({ body: chain(conv(16, 32), batchNorm(32), relu), shortcut: identityPadding(16, 32) })

/** The compiler knows nothing of `width`, which may come from a file or a form. */
const network = (width: number): Network.Network => ({
  name: `width-${width}`,
  input: { height: 32, width: 32, channels: 3 },
  classes: 10,
  body: chain(
    named("conv1", conv(3, 16)),
    named("block", residual({ body: chain(conv(16, width), batchNorm(width), relu), shortcut: identity })),
    globalAvgPool,
    linear(width, 10)
  )
})

/** Before any tensor exists, the network is checked as the data that it is. */
const check = (width: number) =>
  Effect.fromResult(Network.validate(network(width))).pipe(
    Effect.as("fits"),
    Effect.catchTag("ShapeError", (error) => Effect.succeed(`does not fit ${error.message}`)),
    Effect.tap((found) => Console.log(`width ${width}: ${found}`))
  )

Effect.gen(function* () {
  const [same, twice] = yield* Effect.all([check(16), check(32)])
  if (same !== "fits" || twice === "fits") return yield* Effect.fail("expected 16 to fit and 32 not to")
}).pipe(NodeRuntime.runMain)
