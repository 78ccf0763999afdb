/** The 20 superclasses of CIFAR-100 and the five classes of each, as on the page of the dataset. */
const table = {
  aquatic_mammals: ["beaver", "dolphin", "otter", "seal", "whale"],
  fish: ["aquarium_fish", "flatfish", "ray", "shark", "trout"],
  flowers: ["orchid", "poppy", "rose", "sunflower", "tulip"],
  food_containers: ["bottle", "bowl", "can", "cup", "plate"],
  fruit_and_vegetables: ["apple", "mushroom", "orange", "pear", "sweet_pepper"],
  household_electrical_devices: ["clock", "keyboard", "lamp", "telephone", "television"],
  household_furniture: ["bed", "chair", "couch", "table", "wardrobe"],
  insects: ["bee", "beetle", "butterfly", "caterpillar", "cockroach"],
  large_carnivores: ["bear", "leopard", "lion", "tiger", "wolf"],
  "large_man-made_outdoor_things": ["bridge", "castle", "house", "road", "skyscraper"],
  large_natural_outdoor_scenes: ["cloud", "forest", "mountain", "plain", "sea"],
  large_omnivores_and_herbivores: ["camel", "cattle", "chimpanzee", "elephant", "kangaroo"],
  medium_mammals: ["fox", "porcupine", "possum", "raccoon", "skunk"],
  "non-insect_invertebrates": ["crab", "lobster", "snail", "spider", "worm"],
  people: ["baby", "boy", "girl", "man", "woman"],
  reptiles: ["crocodile", "dinosaur", "lizard", "snake", "turtle"],
  small_mammals: ["hamster", "mouse", "rabbit", "shrew", "squirrel"],
  trees: ["maple_tree", "oak_tree", "palm_tree", "pine_tree", "willow_tree"],
  vehicles_1: ["bicycle", "bus", "motorcycle", "pickup_truck", "train"],
  vehicles_2: ["lawn_mower", "rocket", "streetcar", "tank", "tractor"]
}

/**
 * The names of the 20 coarse classes, in the order of their labels.
 *
 * @category constants
 */
export const coarseNames: ReadonlyArray<string> = Object.keys(table)

/**
 * The names of the 100 fine classes, in the order of their labels, which is alphabetical.
 *
 * @category constants
 */
export const fineNames: ReadonlyArray<string> = Object.values(table).flat().sort()

/**
 * The coarse label of each fine one.
 *
 * **Source** A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009, and the dataset's page.
 *
 * @category constants
 */
export const coarseOf: ReadonlyArray<number> = fineNames.map((name) =>
  Object.values(table).findIndex((classes) => classes.includes(name))
)
