import { isKey } from "@agent-transports/protocol";
import { afterEach, expect, it, vi } from "vitest";
import type { Start } from "../run/input.ts";
import { makeClient } from "./make-client.ts";
import { settingsOf } from "./options.ts";

afterEach(() => void vi.unstubAllGlobals());

it("creates keys without crypto.randomUUID, which a page over plain HTTP does not have", async () => {
  const { crypto } = globalThis;
  vi.stubGlobal("crypto", { getRandomValues: crypto.getRandomValues.bind(crypto) });
  const options = { url: "http://agent.example" };
  const keys: string[] = [];
  const client = makeClient(
    {
      name: "sse",
      settings: settingsOf(options, ["http:"]),
      drive: (run, start: Start | undefined) => ({
        begin() {
          if (start !== undefined) keys.push(start.key);
          run.identify("r");
        },
        async send(key) {
          keys.push(key);
          return "in.1";
        },
        cancel: async () => undefined,
        stop: () => undefined,
      }),
      connect: async () => undefined,
      close: () => undefined,
    },
    options,
  );
  const run = client.start({ prompt: "Hello" });
  await run.started;
  await run.send("one");
  await run.send("two");
  client.close();
  expect(new Set(keys).size).toBe(3);
  expect(keys.filter(isKey)).toEqual(keys);
});
