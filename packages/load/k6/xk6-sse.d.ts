/** What the scripts use of github.com/phymbert/xk6-sse, by its README, its examples and its source. */
declare module "k6/x/sse" {
  interface SseClient {
    on(event: "open", listener: () => void): void;
    on(event: "event", listener: (event: { readonly id: string; readonly name: string; readonly data: string }) => void): void;
    on(event: "error", listener: (error: { error(): string }) => void): void;
    /** Reads the rest of the stream, and tells `error` where that breaks. Called again from there, it waits for ever. */
    close(): void;
  }
  interface SseParams {
    readonly method?: string;
    readonly body?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly tags?: Readonly<Record<string, string>>;
  }
  /** Returns once the stream is closed. The status is 0 where nothing answered. @throws what a listener throws */
  function open(url: string, params: SseParams, setUp: (client: SseClient) => void): { readonly status: number };
  const sse: { open: typeof open };
  export default sse;
}
