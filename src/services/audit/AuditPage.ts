import { Effect } from "effect"
import type * as Audit from "../../data/Audit.js"
import type { Dataset } from "../../data/Dataset.js"
import type { DatasetError } from "../../data/DatasetError.js"
import { imageBytes } from "../../data/ImageSet.js"
import * as Images from "../../data/Images.js"
import { document, section, table } from "../report/Document.js"
import { type Html, html } from "../report/Html.js"
import * as Png from "../report/Png.js"

/** Sample images of a class, and classes with samples: a page stays small, however large the dataset. */
const perClass = 8
const maxClasses = 50
/** Groups of images shown of each finding; the numbers are of all. */
const maxGroups = 25

/** The image at a place of the audit's list, as a data URI. */
const picture = (dataset: Dataset, place: number): Effect.Effect<string, DatasetError | Png.PictureError> =>
  Effect.gen(function* () {
    const inTest = place >= dataset.train.count
    const set = inTest ? dataset.test : dataset.train
    const index = inTest ? place - dataset.train.count : place
    const pixels = yield* Images.pixels(set, [index])
    const png = yield* Png.fromPixels({
      ...set.shape,
      index,
      pixels: Buffer.from(pixels.subarray(0, imageBytes(set.shape))).toString("base64")
    })
    return `data:image/png;base64,${Buffer.from(png).toString("base64")}`
  })

/** An image that cannot be read has no picture. */
const figure = (dataset: Dataset, place: number, caption: string): Effect.Effect<Html> =>
  picture(dataset, place).pipe(
    Effect.map(
      (source) => html`<figure><img src="${source}" alt="${caption}"><figcaption>${caption}</figcaption></figure>\n`
    ),
    Effect.orElseSucceed(() => html`<figure><figcaption>${caption}: cannot be shown</figcaption></figure>\n`)
  )

const groups = (dataset: Dataset, title: string, found: Audit.Audit["leaks"]): Effect.Effect<Html> =>
  Effect.gen(function* () {
    if (found.length === 0) return html``
    const shown = yield* Effect.forEach(found.slice(0, maxGroups), ([first, ...others]) =>
      first === undefined
        ? Effect.succeed(html``)
        : figure(
            dataset,
            first.index,
            [first, ...others].map(({ labels, name, split }) => `${name} (${[split, ...labels].join(", ")})`).join("; ")
          )
    )
    const rest = found.length > maxGroups ? html`<p>The first ${maxGroups} of ${found.length} are shown.</p>` : html``
    return section(`${title}: ${found.length}`, html`<div class="mistakes">${shown}</div>${rest}`)
  })

const samples = (dataset: Dataset): Effect.Effect<Html> =>
  Effect.gen(function* () {
    const { classNames, train } = dataset
    if (!Images.isClasses(train)) return html``
    const places = classNames.slice(0, maxClasses).map((name, label) => ({
      name,
      indices: [...train.labels.entries()].filter(([, of]) => of === label).slice(0, perClass)
    }))
    const classes = yield* Effect.forEach(places, ({ indices, name }) =>
      Effect.map(
        Effect.forEach(indices, ([index]) => figure(dataset, index, name)),
        (figures) => html`<div class="mistakes">${figures}</div>`
      )
    )
    return section("Samples", html`${classes}`)
  })

/**
 * The page of an audit, whole in itself: counts, sizes, samples of each class, and what was found, with pictures.
 *
 * @category rendering
 */
export const render = (dataset: Dataset, audit: Audit.Audit): Effect.Effect<string> =>
  Effect.gen(function* () {
    const { classes, conflicts, duplicates, images, leaks, sizes, unreadable } = audit
    const size = ({ channels, height, width, images }: Audit.Audit["sizes"][number]) => [
      `${height}x${width}x${channels}`,
      String(images)
    ]
    const found = [
      ...(unreadable.length === 0
        ? []
        : [
            section(
              `Unreadable: ${unreadable.length}`,
              table(
                ["image", "reason"],
                unreadable.map(({ name, reason }) => [name, reason])
              )
            )
          ]),
      yield* groups(dataset, "Same picture, different labels", conflicts),
      yield* groups(dataset, "In training and test", leaks),
      yield* groups(dataset, "Duplicates", duplicates)
    ]
    const lead = `${images.train} training and ${images.test} test images`
    return document(
      { title: `Audit of ${audit.dataset}`, lead },
      html`${found}${
        classes.length === 0
          ? html``
          : section(
              "Classes",
              table(
                ["class", "training", "test"],
                classes.map(({ name, test, train }) => [name, String(train), String(test)])
              )
            )
      }${section("Sizes", table(["height x width x channels", "images"], sizes.slice(0, 20).map(size)))}${yield* samples(dataset)}`
    )
  })
