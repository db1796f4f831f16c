/** A client library, or the bare thing that one would use instead. */
export interface ClientArm {
  readonly id: string;
  readonly label: string;
  readonly transport: "sse" | "ws";
  connect(options: ConnectOptions): ArmClient;
}

export interface ConnectOptions {
  /** `http:` or `ws:`, an origin. */
  readonly url: URL;
  /** In the place of the global one; for `sse` arms only. */
  readonly fetch?: typeof fetch;
}

export interface ArmClient {
  /**
   * Opens a run and gives each event on, as the library's own documentation has it done.
   *
   * @param onEvent is given the text of the event, or for an arm that parses no JSON its id. A library whose reader can be held up waits for what it returns
   */
  open(run: string, onEvent: OnEvent): Reading;
  close(): void;
}

export type OnEvent = (text: string) => Promise<void> | undefined;

export interface Reading {
  /** Rejects where the client gave up for good. Peers that never do leave it pending. */
  readonly failed: Promise<never>;
  close(): void;
}

/** For clients with nothing that fails for good. */
export const never: Promise<never> = new Promise(() => undefined);

/** The text of a chunk that has one: not the terminal event. */
export function textOf(chunk: unknown): string | undefined {
  return typeof chunk === "object" && chunk !== null && "delta" in chunk && typeof chunk.delta === "string" ? chunk.delta : undefined;
}
