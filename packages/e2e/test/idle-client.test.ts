import { startWorker, type WorkerHost } from "@agent-transports/lab/worker-host";
import { createSseClient } from "@agent-transports/sse-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let host: WorkerHost;
beforeAll(async () => {
  host = await startWorker({ vars: { SCRIPTED_TOKENS_PER_SECOND: "500" } });
});
afterAll(() => host.dispose());

/** A `fetch` that knows how many of its requests are open: until their bodies have been read, or were left. */
class CountedFetch {
  open = 0;
  sent = 0;

  readonly fetch: typeof fetch = async (input, init) => {
    this.open += 1;
    this.sent += 1;
    let over = false;
    const end = (): void => {
      if (!over) this.open -= 1;
      over = true;
    };
    const response = await fetch(input, init).catch((error: unknown) => {
      end();
      throw error;
    });
    const { body } = response;
    if (body === null) {
      end();
      return response;
    }
    const reader = body.getReader();
    const counted = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        end();
        controller.close();
      },
      async cancel(reason) {
        end();
        await reader.cancel(reason);
      },
    });
    return new Response(counted, response);
  };
}

describe("an SSE client", () => {
  it("holds a request open while a run is generated, and none between runs, which the Agent sees too", async () => {
    const requests = new CountedFetch();
    using client = createSseClient({ url: host.url, name: "idle", fetch: requests.fetch });
    const live = async (): Promise<unknown> => {
      const { live: counts } = (await (await fetch(new URL("/agents/transport-agent/idle", host.url))).json()) as { live: unknown };
      return counts;
    };
    // Two seconds each: not all of it comes in one read, which would be over before its first event is read.
    for (const prompt of ["Write 1000 words.", "And 1000 words again."]) {
      let most = 0;
      const run = client.start({ prompt });
      const reader = run[Symbol.asyncIterator]();
      while ((await reader.next()).done !== true) most = Math.max(most, requests.open);
      expect(most).toBe(1);
      await expect.poll(() => requests.open).toBe(0);
      await expect.poll(live).toEqual({ runs: 0, readers: 0, sockets: 0 });
      const sent = requests.sent;
      // Longer than its first try of anything would wait.
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      expect([requests.open, requests.sent]).toEqual([0, sent]);
    }
  });
});
