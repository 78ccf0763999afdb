/**
 * Makes a terminal that is closed, and the end of the npm that started the program, end it as TERM does: with a checkpoint at the edge of a step. A
 * program whose output nobody reads any more goes on.
 */
export const prepare = (): void => {
  const end = () => process.kill(process.pid, "SIGTERM")
  process.on("SIGHUP", end)
  for (const output of [process.stdout, process.stderr]) output.on("error", () => {})
  if (process.env.npm_command !== undefined) {
    // npm ends the shell between itself and the program, and the shell tells nobody.
    const parent = process.ppid
    const watch = setInterval(() => {
      if (process.ppid === parent) return
      clearInterval(watch)
      end()
    }, 500).unref()
  }
}
