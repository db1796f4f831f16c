import * as assert from "../assert.ts";
import type { DataSchemas, RunEvent, StandardSchema } from "@agent-transports/client-core";
import type { RunChunk } from "@agent-transports/protocol";
import type { ScriptedRun } from "../script.ts";
import { assertWhole, collect, rejection, prompt, quick, textRun, type ConformanceCase } from "./support.ts";

/** A schema of no library: temperatures in Celsius become numbers of Kelvin. */
const temperature: StandardSchema<number> = {
  "~standard": {
    version: 1,
    vendor: "conformance",
    validate: (value) =>
      typeof value === "object" && value !== null && "celsius" in value && typeof value.celsius === "number"
        ? { value: value.celsius + 273.15 }
        : { issues: [{ message: "There is no number of celsius.", path: ["celsius"] }] },
  },
};

function weatherRun(...data: readonly unknown[]): ScriptedRun {
  const chunks: RunChunk[] = [
    ...data.map((data) => ({ type: "data-temperature" as const, data })),
    { type: "data-other", data: { celsius: "not looked at" } },
    { type: "data-run-end", data: { state: "finished" }, transient: true },
  ];
  return { id: "r", epoch: "ep-r", chunks };
}

function collectData(events: readonly RunEvent[]): unknown[] {
  return events.map(({ data }) => ("data" in data ? data.data : undefined));
}

/** What the application's schemas say of its `data-*` parts. */
export const checkingCases: readonly ConformanceCase[] = [
  {
    title: "delivers a data part as its schema returns it, and other parts unchanged",
    async run({ server, client }) {
      await server.runs(weatherRun({ celsius: 10 }, { celsius: 20 }));
      const events = await collect(client({ dataSchemas: { temperature } }).start(prompt));
      assert.deepEqual(collectData(events), [283.15, 293.15, { celsius: "not looked at" }, { state: "finished" }]);
    },
  },
  {
    title: "ends with invalid_event at a data part that does not match its schema, after all earlier events",
    async run({ server, client }) {
      await server.runs(weatherRun({ celsius: 10 }, { celsius: "warm" }, { celsius: 20 }));
      const seen: RunEvent[] = [];
      const followed = client({ ...quick, dataSchemas: { temperature } }).start(prompt);
      const error = await rejection(collect(followed, (event) => seen.push(event)));
      assert.equal(error.code, "invalid_event");
      assert.equal(error.path, "celsius");
      assert.ok(/data-temperature .*There is no number of celsius/.test(error.message), error.message);
      assert.deepEqual(collectData(seen), [283.15]);
      // Another client, or the same with another schema, goes on from there.
      assert.equal(followed.lastEventId, "ep-r.1");
      assert.equal((await server.asked()).length, 1);
    },
  },
  {
    title: "asks for no more of a run that ended at a part within a frame",
    only: { transport: "ws", because: "over SSE the connection goes with the run" },
    async run({ server, client }) {
      const [run, other] = [weatherRun({ celsius: "warm" }, { celsius: 20 }), textRun("other", 20, 0, 5)];
      await server.runs(run, other);
      const frame = { type: "events", run: "r", id: "ep-r.1", events: run.chunks };
      await server.plan([{ raw: JSON.stringify(frame) }, "hold"]);
      const one = client({ ...quick, dataSchemas: { temperature } });
      assert.equal((await rejection(collect(one.resume("r")))).code, "invalid_event");
      // Longer than the wait before a try.
      assertWhole(await collect(one.resume("other")), other);
      assert.deepEqual(
        (await server.asked()).map((asked) => asked.run),
        ["r", "other"],
      );
    },
  },
  {
    title: "refuses an asynchronous schema, and passes on what a schema throws",
    async run({ server, client }) {
      await server.runs(weatherRun({ celsius: 10 }));
      const schemas: readonly (readonly [string, DataSchemas[string]["~standard"]["validate"]])[] = [
        ["invalid_option", (value) => Promise.resolve({ value })],
        [
          "internal",
          () => {
            throw new RangeError("A fault of the schema's.");
          },
        ],
      ];
      for (const [code, validate] of schemas) {
        const dataSchemas = { temperature: { "~standard": { version: 1, vendor: "conformance", validate } } } as const;
        assert.equal((await rejection(collect(client({ ...quick, dataSchemas }).resume("r")))).code, code);
      }
    },
  },
];
