import type { Task } from "../Network.js"

/** The default tasks of the families. */
export const mnist: Task = { input: { height: 28, width: 28, channels: 1 }, classes: 10 }

export const cifar10: Task = { input: { height: 32, width: 32, channels: 3 }, classes: 10 }

export const imagenet: Task = { input: { height: 224, width: 224, channels: 3 }, classes: 1000 }
