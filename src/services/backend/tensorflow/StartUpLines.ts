/** TensorFlow's start-up lines: it writes to file descriptor 2 before its own log level counts. */
import { existsSync, writeSync } from "node:fs"
import { createRequire } from "node:module"
import * as Locations from "../../native/Locations.js"

interface Helper {
  readonly capture: () => void
  readonly release: () => string
}

/** What TensorFlow says whenever it starts, and other remarks below a warning. */
const expected = /^(WARNING: All log messages before absl::InitializeLog\(\) is called are written to STDERR|I\d{4} )/

/**
 * Runs `load`, which loads the addon in `directory`, and passes on what it wrote to standard error but for the start-up lines.
 *
 * They appear where the helper was not built, and where `TF_CPP_MIN_LOG_LEVEL` asks for them.
 */
export const hide = <A>(directory: string, load: () => A): A => {
  const path = Locations.stderrPath(directory)
  if (!existsSync(path) || Number(process.env.TF_CPP_MIN_LOG_LEVEL) < 2) return load()
  const helper: Helper = createRequire(path)(path)
  helper.capture()
  try {
    return load()
  } finally {
    const lines = helper.release().split(/(?<=\n)/)
    const unexpected = lines.filter((line) => !expected.test(line)).join("")
    if (unexpected !== "") writeSync(2, unexpected)
  }
}
