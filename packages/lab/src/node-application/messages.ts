import type { Action, Done } from "../application/index.ts";
import type { PageApplication } from "../browser/index.ts";
import type { HttpVersion } from "../edge/index.ts";

/** Where a process finds an edge, and what it believes. */
export interface Site {
  readonly origin: string;
  readonly address: string;
  /** The edge's certificate. */
  readonly pem: string;
  readonly version: HttpVersion;
  readonly webSockets: readonly HttpVersion[];
}

/** To the process. The first has the site, and is answered as the others are. */
export type Question = { readonly id: number } & (
  | { readonly ask: "begin"; readonly site: Site }
  | { readonly ask: "perform"; readonly application: PageApplication; readonly action: Action }
  | { readonly ask: "now" }
);

/** From the process. */
export type Reply = { readonly id: number } & (
  | { readonly done: Done }
  | { readonly now: number }
  | { readonly begun: true }
  | { readonly error: string }
);
