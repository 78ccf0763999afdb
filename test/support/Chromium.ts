import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { Effect } from "effect"
import { chromium, type Page } from "playwright-core"

const candidates = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:/Program Files/Google/Chrome/Application/chrome.exe"
]

/** A browser of this machine, where there is one; the variable `CHROMIUM` names another. */
export const executable = candidates.find((path) => path !== undefined && existsSync(path))

/** What a page consists of, by path. */
export type Files = Readonly<Record<string, string | Uint8Array>>

const types: Readonly<Record<string, string>> = { "/": "text/html", js: "text/javascript", json: "application/json" }

const tfjs = async (pathname: string) =>
  pathname.endsWith("/tf.min.js") ? readFile("node_modules/@tensorflow/tfjs/dist/tf.min.js") : undefined

/**
 * A page at `http://page.test/` of the given files; TensorFlow.js comes from `node_modules`, whatever address the page takes it from, and nothing
 * else can be reached.
 */
export const open = (files: Files) =>
  Effect.acquireRelease(
    Effect.promise(() => chromium.launch({ executablePath: executable!, args: ["--no-sandbox"] })),
    (browser) => Effect.promise(() => browser.close())
  ).pipe(
    Effect.flatMap((browser) =>
      Effect.promise(async (): Promise<Page> => {
        const page = await browser.newPage()
        await page.route("**", async (route) => {
          const { hostname, pathname } = new URL(route.request().url())
          const body = hostname !== "page.test" ? await tfjs(pathname) : files[pathname.slice(1) || "index.html"]
          await (body === undefined
            ? route.abort()
            : route.fulfill({
                body: typeof body === "string" ? body : Buffer.from(body),
                contentType: types[/[^.]*$/.exec(pathname)![0]] ?? "application/octet-stream"
              }))
        })
        await page.goto("http://page.test/")
        return page
      })
    )
  )
