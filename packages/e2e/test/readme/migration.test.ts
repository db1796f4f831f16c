import type { WorkerHost } from "@agent-transports/lab/worker-host";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newest, runIds, startOpen } from "./agent.ts";
import { isProgram, readDocuments } from "./blocks.ts";
import { Examples, PLACEHOLDER, replace } from "./examples.ts";

const programs = (await readDocuments()).filter(({ id, language }) => id.startsWith("docs/migration.md#") && isProgram(language));

/** Run below, before and after. */
const alone = ["from-partysocket", "from-eventsource"].flatMap((heading) => [heading, `${heading}.2`]);
/** A route, and the Agent that takes its place: `route.test.ts` runs both. */
const route = ["a-route-with-streamtext", "a-route-with-streamtext.2"];
/** Compiled by `readme.test.ts`; what they import is run there, and by the tests of `useChat`. */
const inAPage = [
  ...["", ".2"].map((at) => `from-defaultchattransport${at}`),
  ...["", ".2", ".3", ".4"].map((at) => `from-aichatagent-and-useagentchat${at}`),
];

let examples: Examples;
let host: WorkerHost;
beforeAll(async () => {
  examples = await Examples.create(["e2e"]);
  host = await startOpen();
}, 60_000);
afterAll(async () => {
  await host?.dispose();
  await examples?.remove();
});

describe("the migration page", { timeout: 60_000 }, () => {
  it("has no other programs, and all compile", () => {
    expect(programs.map(({ id }) => id).sort()).toEqual([...alone, ...route, ...inAPage].map((id) => `docs/migration.md#${id}`).sort());
    expect(programs.map(({ notChecked }) => notChecked).filter((reason) => reason !== undefined)).toEqual([]);
  });

  it.each(alone)("%s prints one answer, completely and once, and exits", async (id) => {
    const block = programs.find((one) => one.id === `docs/migration.md#${id}`);
    if (block === undefined) throw new RangeError(`There is no ${id}.`);
    const before = (await runIds(host.url)).length;
    const code = block.code.includes("wss://")
      ? replace(block.code, { [PLACEHOLDER.replace("https", "wss")]: host.url.origin.replace("http", "ws") })
      : replace(block.code, { [PLACEHOLDER]: host.url.origin });
    const printed = await examples.run({ ...block, code });
    const { text, state } = await newest(host.url);
    expect({ printed, state, runs: (await runIds(host.url)).length - before }).toEqual({ printed: text, state: "finished", runs: 1 });
    expect(text.split(" ").length).toBeGreaterThan(20);
  });
});
