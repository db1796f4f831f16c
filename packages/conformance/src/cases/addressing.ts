import * as assert from "../assert.ts";
import type { Asked, Connected } from "../script.ts";
import { assertWhole, collect, prompt, quick, textRun, type ConformanceCase } from "./support.ts";

const told = { agent: "another-agent", name: "n.1~x_Y-2" } as const;

const agentsOf = (all: readonly (Asked | Connected)[]): unknown[] => all.map(({ agent, name }) => ({ agent, name }));

/** Whom a client asks, and for which protocol (PROTOCOL.md §3, §4). */
export const addressingCases: readonly ConformanceCase[] = [
  {
    title: "asks for version 1 of the protocol in its handshake",
    only: { transport: "ws", because: "a request has no version" },
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      const events = collect(client(quick).start(prompt));
      // A case that has failed meanwhile awaits it no more.
      events.catch(() => undefined);
      // An agent takes a client that names none for one of the Agents SDK's own, and answers nothing of this protocol.
      assert.equal((await server.connectedAt(0)).query["v"], "1");
      assertWhole(await events, run);
    },
  },
  {
    title: "asks the agent that it is told for a run, by its segment and its name",
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      const one = client({ ...quick, ...told });
      assertWhole(await collect(one.start(prompt)), run);
      assertWhole(await collect(one.resume("r", { after: `${run.epoch}.5` })), run, 6);
      assert.deepEqual(await collect(one.resume("r", { after: `${run.epoch}.9` })), []);
      assert.deepEqual(agentsOf(await server.asked()), [told, told, told]);
    },
  },
  {
    title: "sends inputs and cancels to the agent that it is told",
    needs: "inputs",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan([{ send: [1, 2] }, "hold"]);
      const followed = client({ ...quick, ...told }).start(prompt);
      assert.equal(await followed.send("a", { key: "a" }), "in.1");
      await followed.cancel();
      assert.deepEqual(await server.inputs(), [{ key: "a", data: "a" }]);
      assert.deepEqual(await server.cancelled(), ["r"]);
    },
  },
  {
    title: "opens a connection beforehand to the agent that it is told",
    needs: "connect",
    async run({ server, client }) {
      await client({ ...quick, ...told }).connect();
      assert.deepEqual(agentsOf(await server.connected()), [told]);
    },
  },
];
