import { describeConformance, subjectOfCore } from "@agent-transports/conformance";
import { describe, expect, it } from "vitest";
import { createWsClient } from "./core.ts";
import { TransportError } from "./index.ts";

// One after another: some cases have heartbeats of 40 ms, and this process has the server too.
describeConformance(subjectOfCore({ transport: "ws", create: createWsClient }), { describe, it });

describe("the small client over ws", () => {
  it("refuses a URL or a heartbeat that cannot work, by name", () => {
    for (const options of [{ url: "http://[" }, { url: "ftp://x.example" }]) {
      expect(() => createWsClient(options)).toThrow(
        expect.objectContaining({ code: "invalid_option", message: expect.stringMatching(/^url:/) }),
      );
    }
    for (const heartbeatMs of [-1, 0.5, 60_001, NaN]) {
      const make = (): unknown => createWsClient({ url: "http://localhost", heartbeatMs });
      expect(make).toThrow(expect.objectContaining({ code: "invalid_option", message: expect.stringMatching(/^heartbeatMs:/) }));
    }
  });

  it("fails the run for an input, a key, a run id or a cursor that cannot work, and throws nothing", async () => {
    using client = createWsClient({ url: "http://localhost:1" });
    const runs = [
      [client.start({ prompt: "x", at: 1n } as never), "invalid_input"],
      [client.start(undefined as never), "invalid_input"],
      [client.start({ prompt: "x" }, { key: "a b" }), "invalid_option"],
      [client.resume("a/b"), "invalid_option"],
      [client.resume("r", { after: "nonsense" }), "cannot_resume"],
    ] as const;
    for (const [run, code] of runs) {
      await expect(run.started).rejects.toMatchObject({ code });
      await expect(run[Symbol.asyncIterator]().next()).rejects.toBeInstanceOf(TransportError);
      expect(run.connection).toBe("failed");
    }
  });

  it("ends each run with aborted once it is closed, and begins none after that", async () => {
    const client = createWsClient({ url: "http://localhost:1" });
    const before = client.resume("r");
    client.close();
    for (const run of [before, client.resume("r")]) await expect(run.started).rejects.toMatchObject({ code: "aborted" });
  });
});
