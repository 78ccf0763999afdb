import * as NativeInstall from "../services/native/NativeInstall.js"
import { InstallResult } from "./Results.js"

/** `native install`. */
export const run = NativeInstall.install

export const schema = InstallResult

export const text = ({ directory, fresh }: typeof InstallResult.Type): string =>
  `TensorFlow ${fresh ? "is" : "was already"} installed in ${directory}`
