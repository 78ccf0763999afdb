import * as Doctor from "../services/doctor/Doctor.js"
import * as Output from "./Output.js"

/** `doctor`: what is installed, what is wrong with it, and what to do; exit 1 when something is. */
export const doctor = Output.command(
  "doctor",
  "Report Node, TensorFlow, processor and cache, and for each thing that is wrong what to do",
  {},
  { schema: Doctor.DoctorReport, text: Doctor.render, ok: ({ ok }) => ok },
  () => Doctor.diagnose
)
