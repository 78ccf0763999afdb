/** Whether a process of this machine is running. */
export const isAlive = (pid: number): boolean => {
  try {
    // Signal 0 only asks.
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM"
  }
}
