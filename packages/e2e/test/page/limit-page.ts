import { createSseClient, type Run } from "@agent-transports/sse-client";

const query = new URLSearchParams(location.search);
const errors: string[] = [];
const client = createSseClient({
  url: query.get("url") ?? "",
  name: query.get("name") ?? "",
  heartbeatMs: 1_000,
  onError: ({ code }) => errors.push(code),
});

interface Followed {
  readonly run: Run;
  text: string;
  ids: string[];
  end: string | undefined;
}
const followed: Followed[] = [];

async function read(one: Followed): Promise<void> {
  for await (const { id, data } of one.run) {
    one.ids.push(id);
    if (data.type === "text-delta") one.text += data.delta;
  }
  one.end = one.run.end?.state;
}

const page = {
  errors: (): readonly string[] => errors,
  texts: (): readonly string[] => followed.map(({ text }) => text),
  ids: (): readonly (readonly string[])[] => followed.map(({ ids }) => ids),
  ends: (): readonly (string | undefined)[] => followed.map(({ end }) => end),
  /** Begins a run for each prompt, and reads them all. */
  start(prompts: readonly string[]): void {
    for (const prompt of prompts) {
      const one: Followed = { run: client.start({ prompt }), text: "", ids: [], end: undefined };
      followed.push(one);
      void read(one);
    }
  },
  /** Resolves once it is answered. */
  async cancel(index: number): Promise<void> {
    await followed[index]!.run.cancel();
  },
  /** @returns the id that it was answered with */
  send: (index: number, data: string): Promise<string> => followed[index]!.run.send(data),
};
export type LimitPage = typeof page;
declare global {
  interface Window {
    limit: LimitPage;
  }
}
window.limit = page;
