import { createSseClient, type Run, type StateChange, type TransportClient } from "@agent-transports/sse-client";
import { createWsClient } from "@agent-transports/ws-client";

/** What the page has been told, in order, since it was loaded. */
export interface Told {
  readonly text: string;
  readonly states: readonly (Pick<StateChange, "to"> & { readonly atMs: number; readonly error?: string })[];
  readonly errors: readonly string[];
  readonly end: string | undefined;
  /** Whether the page came back from the back/forward cache. */
  readonly cached: boolean;
}

const query = new URLSearchParams(location.search);
const told = {
  text: sessionStorage.getItem("text") ?? "",
  states: [] as Told["states"][number][],
  errors: [] as string[],
  end: undefined as Told["end"],
  cached: false,
};
addEventListener("pageshow", ({ persisted }) => (told.cached ||= persisted));

const client: TransportClient = (query.get("transport") === "ws" ? createWsClient : createSseClient)({
  url: query.get("url") ?? "",
  name: query.get("name") ?? "",
  // Longer than a test waits: without the network, what comes back in time does so because the page was told.
  retry: { capMs: 600_000 },
  heartbeatMs: Number(query.get("heartbeatMs") ?? 1_000),
  onError: ({ code }) => told.errors.push(code),
});

async function follow(run: Run): Promise<void> {
  run.onStateChange(({ to, error }) => told.states.push({ to, atMs: performance.now(), ...(error && { error: error.message }) }));
  for await (const { data } of run) {
    if (data.type !== "text-delta") continue;
    told.text += data.delta;
    // The page keeps what it shows, so that a reload goes on behind it.
    sessionStorage.setItem("text", told.text);
  }
  told.end = run.end?.state;
}

const page = {
  told: (): Told => told,
  /** Follows a run of this prompt, or what a reload came back to. */
  async start(prompt: string): Promise<void> {
    void follow((await client.restore("answer")) ?? client.start({ prompt }, { saveAs: "answer" }));
  },
  /** Follows the newest run so many times at once. */
  followMany(id: string, count: number): void {
    for (let n = 0; n < count; n += 1) void follow(client.resume(id));
  },
};
export type TestPage = typeof page;
declare global {
  interface Window {
    test: TestPage;
  }
}
window.test = page;
