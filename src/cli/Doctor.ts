import * as Doctor from "../services/doctor/Doctor.js"

/** `doctor`: what is installed, what is wrong with it, and what to do; exit 1 when something is. */
export const run = () => Doctor.diagnose

export const schema = Doctor.DoctorReport

export const text = Doctor.render

export const ok = ({ ok }: typeof Doctor.DoctorReport.Type): boolean => ok
