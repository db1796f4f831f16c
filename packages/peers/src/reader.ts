import { AGENT_SEGMENT, DEFAULT_AGENT_NAME } from "@agent-transports/protocol";
import type { Browser } from "playwright-core";

/** A client library, or the bare thing that one would use instead, as its own documentation has it done, with its defaults. */
export interface Reader {
  readonly label?: string;
  readonly connect: (options: ConnectOptions) => ReaderClient;
}

export interface ConnectOptions {
  /** `http:`, an origin. */
  readonly url: URL;
  /** In the place of the global one; for event streams only. */
  readonly fetch?: typeof fetch;
}

export interface ReaderClient {
  /**
   * Opens a run of our Agent and gives each event on.
   *
   * @param onEvent is given the text of the event, or where no JSON is parsed its id. A library whose reader can be held up waits for what it returns
   */
  open(run: string, onEvent: OnEvent): Reading;
  close(): void;
}

export interface PageReader {
  /** @param url of the server, which answers with a page of its origin. */
  open(browser: Browser, url: URL, run: string, onEvent: OnEvent): Promise<{ close(): Promise<void> }>;
}

export type OnEvent = (text: string) => Promise<void> | undefined;

export interface Reading {
  /** Rejects where the client gave up for good. Clients that never do leave it pending. */
  readonly failed: Promise<never>;
  close(): void;
}

/** For clients with nothing that fails for good. */
export const never: Promise<never> = new Promise(() => undefined);

/** Where our Agent that has no other name is. */
export const AGENT_PATH: string = `/agents/${AGENT_SEGMENT}/${DEFAULT_AGENT_NAME}`;

export function eventsPath(run: string): string {
  return `${AGENT_PATH}/runs/${run}/events`;
}

/** The text of a chunk that has one: not the terminal event. */
export function textOf(chunk: unknown): string | undefined {
  return typeof chunk === "object" && chunk !== null && "delta" in chunk && typeof chunk.delta === "string" ? chunk.delta : undefined;
}

/** Gives the text of an event's data on. */
export function giveText(data: string, onEvent: OnEvent): Promise<void> | undefined {
  const text = textOf(JSON.parse(data));
  return text === undefined ? undefined : onEvent(text);
}
