/** The built-in policies: `Plan.policy(Policies.saveEvery(100))`. */
export { saveEachEpoch, saveEvery } from "./policies/SaveEvery.js"
