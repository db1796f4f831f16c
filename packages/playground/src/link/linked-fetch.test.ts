import { expect, it } from "vitest";
import type { Port } from "./link.ts";
import { linkedFetch } from "./linked-fetch.ts";

it("opens no connection for a request that was given up before it began", async () => {
  let opened = 0;
  const port: Port = {
    bytes: { up: 0, down: 0 },
    open() {
      opened += 1;
      return undefined;
    },
  };
  const reason = new Error("Given up.");
  await expect(linkedFetch(port)("http://agent.example/", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  expect(opened).toBe(0);
});
