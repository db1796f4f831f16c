import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import type { Edge } from "../edge/index.ts";
import type { Side } from "../network/index.ts";
import { launchChromium } from "./chromium.ts";

/** Chromium, with pages in which the clients run. */
export interface Pages {
  /** A new page, with nothing cached and no connection open, of the same origin as a Worker, whose certificate, where it has one, is believed. It closes with its context. */
  open(worker: URL): Promise<Page>;
  close(): Promise<void>;
}

export interface PagesOptions {
  /** Those that pages are opened at: `edge.url(port)` is where the worker is then. Their certificates, and no others, are believed. */
  readonly edges?: readonly Edge[];
  /** The side of a network where Chromium is started, and connects from. Default: here. */
  readonly side?: Pick<Side, "during">;
}

/** Kinds of networks, as Chromium's DevTools name them. */
export type NetworkKind = "wifi" | "cellular4g";

/** Tells a page on which kind of network it is, as Chrome on Android does. Nothing of the network itself changes. */
export async function tellNetwork(page: Page, connectionType: NetworkKind): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  // It lasts for as long as its session, and a latency of 0 would take all of it for nothing. It slows nothing down.
  await devtools.send("Network.overrideNetworkState", {
    offline: false,
    latency: 1,
    downloadThroughput: -1,
    uploadThroughput: -1,
    connectionType,
  });
}

/** @throws Error where Chromium does not start */
export async function openPages({ edges = [], side }: PagesOptions = {}): Promise<Pages> {
  // Before it goes anywhere, because esbuild leaves a process running, which would end with that place.
  const script = await bundle();
  const launch = (): Promise<Browser> => launchChromium({ args: edges.length === 0 ? [ANY_CERTIFICATE] : edgeArgs(edges) });
  const browser = await (side === undefined ? launch() : side.during(launch));
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

/** Not playwright's `ignoreHTTPSErrors`, with which Chromium refuses each connection first and makes it once more. */
const ANY_CERTIFICATE = "--ignore-certificate-errors";

/** Gives pages `navigator.connection.type`, which Chrome has on Android, and what {@link tellNetwork} tells. */
const KINDS_OF_NETWORKS = "--enable-blink-features=NetInfoDownlinkMax";

/** Gives pages `chrome.benchmarking.closeConnections()`. */
const CLOSES_CONNECTIONS = "--enable-net-benchmarking";

/** Where edges are, whose certificates are believed, and which origins are asked over HTTP/3 from the first request on. */
function edgeArgs(edges: readonly Edge[]): string[] {
  const origins = edges.flatMap((edge) => edge.ports.map((port) => ({ port, address: edge.address, host: edge.url(port).host })));
  const quic = origins.filter(({ port }) => port === "h3").map(({ host }) => host);
  return [
    CLOSES_CONNECTIONS,
    KINDS_OF_NETWORKS,
    `--ignore-certificate-errors-spki-list=${list(edges.map(({ certificate }) => certificate.spki))}`,
    // No other name is anywhere: Chromium looks some up by itself, and what it asked would go over the network that is measured.
    `--host-resolver-rules=${list([...origins.map(({ host, address }) => `MAP ${host} ${address}`), "MAP * ~NOTFOUND"])}`,
    // Whoever comes to one for the first time knows no better than TCP, until an answer says that there is HTTP/3 (RFC 7838).
    ...(quic.length === 0 ? [] : [`--origin-to-force-quic-on=${list(quic)}`]),
  ];
}

function list(items: readonly string[]): string {
  return [...new Set(items)].join();
}

async function bundle(): Promise<string> {
  // Beside this file, in the sources and in what is built from them.
  const entry = fileURLToPath(new URL(`follow-page${extname(import.meta.url)}`, import.meta.url));
  const { build } = await import("esbuild");
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, write: false, format: "iife", minify: true });
  return outputFiles[0]?.text ?? "";
}
