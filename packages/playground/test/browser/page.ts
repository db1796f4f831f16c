import type { Tool } from "@agent-transports/lab/tools";
import type { Page as PlaywrightPage } from "playwright-core";

/** What tests do with a page: that part of Playwright's `Page` which each browser has here. Each waits until it can be done. */
export interface Page extends Pick<PlaywrightPage, "evaluate"> {
  goto(url: string): Promise<unknown>;
  reload(): Promise<unknown>;
  /** A page that comes out of the back/forward cache is not loaded again, and nothing waits for that. */
  goBack(options: { readonly waitUntil: "commit" }): Promise<unknown>;
  addInitScript(script: () => void): Promise<unknown>;
  waitForFunction<Arg>(ready: (arg: Arg) => unknown, arg: Arg): Promise<unknown>;
  waitForFunction(ready: () => unknown): Promise<unknown>;
  /** Until such an element is seen. */
  waitForSelector(selector: string, options?: { readonly timeout: number }): Promise<unknown>;
  waitForURL(url: RegExp): Promise<void>;
  click(selector: string): Promise<void>;
  /** As if it was typed, in the place of what the field has. */
  fill(selector: string, text: string): Promise<void>;
  focus(selector: string): Promise<void>;
  press(selector: string, key: Key): Promise<void>;
  readonly keyboard: { press(key: Key): Promise<void> };
  selectOption(selector: string, value: string): Promise<unknown>;
  setInputFiles(selector: string, file: string): Promise<void>;
  textContent(selector: string): Promise<string | null>;
  getAttribute(selector: string, name: string): Promise<string | null>;
  inputValue(selector: string): Promise<string>;
  isVisible(selector: string): Promise<boolean>;
  isEnabled(selector: string): Promise<boolean>;
  isDisabled(selector: string): Promise<boolean>;
}

export type Key = "Enter" | "Tab" | "Space" | "Home" | "End";

export interface Shape {
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly colorScheme?: "light" | "dark";
}

/** A request that a test answers in the place of the Worker. */
export interface Request {
  readonly url: string;
  /** By their names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
}

/** A page, and what is done with it from outside. */
export interface OpenPage {
  readonly page: Page;
  /** What the page said on its console that no page should say, and what it threw. */
  readonly faults: readonly string[];
  /** Origins that it asked anything of, and paths. */
  readonly origins: ReadonlySet<string>;
  readonly paths: ReadonlySet<string>;
  /** Another tab of the same person. */
  readonly beside: () => Promise<OpenPage>;
  /** Clicks on what gives out a file. @returns where it is */
  readonly download: (selector: string) => Promise<string>;
  /** The browser opens no connection, and says so to the page. */
  readonly setOffline: (offline: boolean) => Promise<void>;
  /** @param answer an error in the place of what the Worker would say; `undefined` to ask it */
  readonly refuse: (answer: (request: Request) => { readonly status: number; readonly json: object } | undefined) => Promise<void>;
  /** With the tabs that are beside it. */
  readonly close: () => Promise<void>;
}

export interface Browser {
  /** A page of a context of its own, so that it shares no connection with another. */
  open(shape?: Shape): Promise<OpenPage>;
  close(): Promise<void>;
}

export interface BrowserKind {
  readonly name: string;
  readonly tool: Tool;
  /** Whether it tells a page of tasks over 50 ms. */
  readonly tellsLongTasks: boolean;
  /** How many connections over HTTP/1.1 it opens to an origin at most, for what a person's click asks. */
  readonly connections: number;
  /** Whether its back/forward cache takes a page that has connections. Otherwise it is loaded again. */
  readonly keepsConnectedPages: boolean;
  launch(): Promise<Browser>;
}

export const VIEWPORT = { width: 1280, height: 900 } as const;

/** A name of this machine whose pages browsers take for another one's. Those of `localhost` and `127.0.0.1` have over plain HTTP what others have over HTTPS. */
export const PLAIN_HOST = "plain.test";

export class Asked {
  readonly origins = new Set<string>();
  readonly paths = new Set<string>();

  take(url: string): void {
    if (!/^(http|ws)/.test(url)) return;
    const { origin, pathname } = new URL(url.replace(/^ws/, "http"));
    this.origins.add(origin);
    this.paths.add(pathname);
  }
}
