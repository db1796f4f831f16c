/** What the scripts use of github.com/phymbert/xk6-sse, by its README and examples. */
declare module "k6/x/sse" {
  interface SseClient {
    on(event: "open", listener: () => void): void;
    on(event: "event", listener: (event: { readonly id: string; readonly name: string; readonly data: string }) => void): void;
    on(event: "error", listener: (error: { error(): string }) => void): void;
    close(): void;
  }
  interface SseParams {
    readonly method?: string;
    readonly body?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly tags?: Readonly<Record<string, string>>;
  }
  /** Returns once the stream is closed. */
  function open(url: string, params: SseParams, setUp: (client: SseClient) => void): { readonly status: number };
  const sse: { open: typeof open };
  export default sse;
}
