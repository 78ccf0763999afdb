export * from "./data/index.js"
export * from "./model/index.js"
export * from "./services/index.js"
export * from "./train/index.js"
