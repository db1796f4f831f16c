import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { launchChromium } from "./chromium.ts";

/** Chromium, with pages in which the clients run. */
export interface Pages {
  /** A new page, with nothing cached and no connection open, of the same origin as a Worker, whose certificate, where it has one, is believed. It closes with its context. */
  open(worker: URL): Promise<Page>;
  close(): Promise<void>;
}

/** @throws Error where Chromium does not start */
export async function openPages(): Promise<Pages> {
  const script = await bundle();
  // Not playwright's `ignoreHTTPSErrors`, with which Chromium refuses each connection first and makes it once more.
  const browser = await launchChromium({ args: ["--ignore-certificate-errors"] });
  return {
    async open(worker) {
      const context = await browser.newContext();
      // An icon of its own: the browser would ask the Worker for one, at some moment of the measurement, on one of its connections.
      await context.addInitScript(() => {
        document.addEventListener("DOMContentLoaded", () => {
          const icon = Object.assign(document.createElement("link"), { rel: "icon", href: "data:," });
          document.head.append(icon);
        });
      });
      const page = await context.newPage();
      // Whatever the Worker answers here is a page of its origin, so that a browser asks about no request beforehand. A document that is put in the
      // place of its answer would be of no address, and Chromium lets none such open a socket to this machine.
      await page.goto(new URL("/bench-page", worker).href);
      await page.addScriptTag({ content: script });
      return page;
    },
    close: () => browser.close(),
  };
}

async function bundle(): Promise<string> {
  // Beside this file, in the sources and in what is built from them.
  const entry = fileURLToPath(new URL(`follow-page${extname(import.meta.url)}`, import.meta.url));
  const { build } = await import("esbuild");
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, write: false, format: "iife", minify: true });
  return outputFiles[0]?.text ?? "";
}
