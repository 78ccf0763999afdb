/** The policies there are, in one place: `Plan.policy(Policies.saveEvery(100))`. */
export { saveEachEpoch, saveEvery } from "./policies/SaveEvery.js"
