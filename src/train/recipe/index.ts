export { Clip, OptimizerOptions } from "./Optimization.js"
export { Rate } from "./Rate.js"
export { defaults, type Input, make, Recipe } from "./Recipe.js"
export { load, plan } from "./ToPlan.js"
