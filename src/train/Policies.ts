/** The built-in policies: `Plan.policy(Policies.earlyStopping())`. */
export { budget, saveEveryMinutes } from "./policies/Budget.js"
export { divergence } from "./policies/Divergence.js"
export { earlyStopping } from "./policies/EarlyStopping.js"
export { evaluateEvery } from "./policies/EvaluateEvery.js"
export { keepBest } from "./policies/KeepBest.js"
export { keepLast } from "./policies/KeepLast.js"
export { plateau } from "./policies/Plateau.js"
export { saveEachEpoch, saveEvery } from "./policies/SaveEvery.js"
