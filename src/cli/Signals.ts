/**
 * Makes HUP (a closed terminal), and the end of the npm that started the program, end it as TERM does: after the current step, with a checkpoint. A
 * program whose outputs are closed continues.
 */
export const prepare = (): void => {
  const end = () => process.kill(process.pid, "SIGTERM")
  process.on("SIGHUP", end)
  for (const output of [process.stdout, process.stderr]) output.on("error", () => {})
  if (process.env.npm_command !== undefined) {
    // npm ends the shell between itself and the program, and the shell passes no signal on.
    const parent = process.ppid
    const watch = setInterval(() => {
      if (process.ppid === parent) return
      clearInterval(watch)
      end()
    }, 500).unref()
  }
}
