import { describe, expect, it } from "vitest";
import { badLinkScenarios, localScenarios, networkScenarios } from "../../../test/fixtures/sessions.ts";
import { NOT_ASKED } from "../../results/names.ts";
import type { ScenarioResult } from "../../results/schema.ts";
import type { SessionFigures, Sessions } from "../../sessions/facts.ts";
import { sessionKinds, type SessionKind } from "../../sessions/kinds.ts";
import { adviceCell, sessionsOf, sourcesOf } from "../../sessions/sessions.ts";
import { missingOf, missingOfAll } from "./missing-sessions.ts";
import { changeSentence } from "./session-changes.ts";
import { adviceRows, briefRows, choiceTables, partsTables } from "./session-tables.ts";
import { partWords, savingSentence, whereWords } from "./sessions.ts";

const from = (scenarios: ScenarioResult[]): Sessions => sessionsOf(sourcesOf({ scenarios, options: { target: null } }, 1), sessionKinds);
const onNetwork = from(networkScenarios());
const here = from(localScenarios());

const kindOf = (id: string): SessionKind => sessionKinds.find((one) => one.id === id)!;
const cellOf = (sessions: Sessions, id: string): SessionFigures => adviceCell(kindOf(id), sessions)!;

/** Narrow spaces and others alike. */
const plain = (text: string): string => text.replaceAll(/\s/gu, " ");

describe("the words on a session", () => {
  it("say what is saved of one wait, in ms with its interval, and as a share", () => {
    expect(plain(savingSentence(cellOf(onNetwork, "question"), kindOf("question")))).toMatch(
      /^It saves 300 ms per question \(95 %: 299 to 301 ms\), 33 % of the wait\.$/,
    );
    expect(plain(savingSentence(cellOf(onNetwork, "voice"), kindOf("voice")))).toMatch(
      /^It saves 70 ms per input \(95 %: 69\.0 to 71\.0 ms\), 41 % of the wait\.$/,
    );
  });

  it("say of what is too small, and of what is not known, that it is", () => {
    expect(plain(savingSentence(cellOf(here, "voice"), kindOf("voice")))).toMatch(
      /^Too small to notice: WebSocket saves 3 ms per input \(95 %: 2\.02 to 3\.98 ms\), 50 % of the wait\.$/,
    );
    const open = { ...cellOf(here, "voice"), choice: "undecided" as const, interval: { low: -90, high: 84 } };
    expect(plain(savingSentence(open, kindOf("voice")))).toMatch(
      /^The run cannot tell: WebSocket saves 3 ms per input \(95 %: −84 to 90 ms\)/,
    );
  });

  it("say where another run would put it, where several measured it", () => {
    const several = { ...cellOf(onNetwork, "voice"), prediction: { low: -81, high: -59 } };
    expect(plain(savingSentence(several, kindOf("voice")))).toMatch(
      /\(95 %: 69\.0 to 71\.0 ms; one more run: 59 to 81 ms\), 41 % of the wait\.$/,
    );
  });

  it("name the place and both versions of HTTP", () => {
    expect(whereWords(cellOf(onNetwork, "question"))).toBe("a 100 ms round trip, SSE over HTTP/2 and WebSocket over HTTP/1.1");
    expect(whereWords(cellOf(here, "question"))).toBe("no network, on this machine (another instrument), both over HTTP/1.1, without TLS");
  });

  it("list what is summed", () => {
    expect(partWords(cellOf(onNetwork, "chat"), kindOf("chat")).map(plain)).toEqual([
      "1 × a first answer, the client connected when the page was loaded: 100 ms over SSE, 400 ms over WebSocket",
      "4 × the next answer, after a pause: 100 ms over SSE, 100 ms over WebSocket",
      "0.2 × back to an answer after a loss: 300 ms over SSE, 300 ms over WebSocket",
      "the model itself: 2,500 ms",
      "the session: 3,060 ms over SSE, 3,360 ms over WebSocket",
    ]);
  });
});

describe("the words on what was not measured", () => {
  const missing = (scenarios: ScenarioResult[], id: string): { words: string; command: string }[] =>
    missingOf(kindOf(id), from(scenarios).cells);
  const distanceAs = (change: (distance: ScenarioResult) => ScenarioResult): ScenarioResult[] =>
    networkScenarios().map((one) => (one.name === "distance" ? change(one) : one));

  const badLinks = {
    words: "Not measured with 2 % of packets lost, or with LTE, or with slow 3G. The reason: the run has no bad-link.",
    command: "npx -y pnpm@12 bench run bad-link --standard",
  };

  it("say why, once for all places that lack the same, with the command that measures it", () => {
    expect(missing(localScenarios(), "phone")).toEqual([
      {
        words:
          "Not measured with a 100 ms round trip, or with a 20 ms round trip. The reason: the run has no distance; the run has no outage.",
        command: "npx -y pnpm@12 bench run distance outage --standard",
      },
      {
        words: badLinks.words.replace(/bad-link\.$/, "bad-link; the run has no outage."),
        command: "npx -y pnpm@12 bench run bad-link outage --standard",
      },
    ]);
    expect(missing(networkScenarios(), "voice")).toEqual([
      badLinks,
      {
        words: "Not measured with no network, on this machine (another instrument). The reason: the run has no uplink.",
        command: "npx -y pnpm@12 bench run uplink --quick",
      },
    ]);
    expect(missing([...networkScenarios(), ...badLinkScenarios(), ...localScenarios()], "voice")).toEqual([]);
  });

  it("name the versions of HTTP where others were measured", () => {
    const withoutH3 = distanceAs((one) => ({ ...one, blocks: one.blocks.filter(({ arm }) => arm !== "sse-h3") }));
    expect(missing([...withoutH3, ...badLinkScenarios(), ...localScenarios()], "voice").map(({ words }) => words)).toEqual([
      "Not measured with a 100 ms round trip, or with a 20 ms round trip, with SSE over HTTP/3 and WebSocket over HTTP/1.1. The reason: distance has 0 pair groups, and 3 are needed.",
    ]);
  });

  it("give the reason that the run gives, and each other one", () => {
    const reasonOf = (change: (distance: ScenarioResult) => ScenarioResult): string => missing(distanceAs(change), "question")[0]!.words;
    expect(reasonOf((one) => ({ ...one, notRun: NOT_ASKED, blocks: [] }))).toContain("distance (it was not asked for in this run).");
    expect(reasonOf((one) => ({ ...one, conditions: [] }))).toContain("distance had no such setting in this run");
    expect(reasonOf((one) => ({ ...one, arms: one.arms.slice(0, 2) }))).toContain(
      "distance was measured by another instrument in this run",
    );
    expect(reasonOf((one) => ({ ...one, blocks: one.blocks.filter(({ pair }) => pair < 1) }))).toContain(
      "distance has 1 pair group, and 3 are needed",
    );
  });

  it("give of several runs the reason of the one that came nearest", () => {
    const notAsked = distanceAs((one) => ({ ...one, notRun: NOT_ASKED, blocks: [] }));
    const shallow = distanceAs((one) => ({ ...one, notRun: "not in this depth", blocks: [] }));
    const older = distanceAs((one) => ({ ...one, arms: one.arms.slice(0, 2) }));
    const few = distanceAs((one) => ({ ...one, blocks: one.blocks.filter(({ pair }) => pair < 2) }));
    const reasonOf = (...runs: ScenarioResult[][]): string => missing(runs.flat(), "question")[0]!.words;
    expect(reasonOf(notAsked, older, shallow, few)).toContain("2 pair groups");
    expect(reasonOf(notAsked, older, shallow)).toContain("not in this depth");
    expect(reasonOf(notAsked, older)).toContain("another instrument");
    const before = distanceAs((one) => ({ ...one, conditions: [] }));
    expect(reasonOf(notAsked, older, before)).toContain("no such setting");
  });

  it("are one sentence for all kinds together", () => {
    expect(missingOfAll(sessionKinds, onNetwork.cells)).toEqual([
      {
        ...badLinks,
        words: badLinks.words.replace(
          "slow 3G.",
          "slow 3G, for chat at a desk, chat on phones, chat on phones (Chrome on Android), chat on phones (heartbeats of 2 s), one question a page, one question, no socket yet, agent with client-side tools and voice.",
        ),
      },
      {
        words:
          "Not measured with no network, on this machine (another instrument), for chat at a desk, one question a page, agent with client-side tools and voice. The reason: the run has no first-token; the run has no reconnect; the run has no tool-loop; the run has no uplink.",
        command: "npx -y pnpm@12 bench run first-token reconnect tool-loop uplink --quick",
      },
    ]);
  });
});

describe("the tables of sessions", () => {
  it("have a row for each kind: what to take, the difference, where, and what would change it", () => {
    const rows = adviceRows(sessionKinds, onNetwork);
    expect(rows.map(([title, take]) => [title, take])).toEqual([
      ["Chat at a desk", "SSE"],
      ["Chat on phones", "SSE"],
      ["Chat on phones (Chrome on Android)", "SSE"],
      ["Chat on phones (heartbeats of 2 s)", "SSE"],
      ["One question a page", "SSE"],
      ["One question, no socket yet", "SSE"],
      ["A seventh tab", "Either"],
      ["Agent with client-side tools", "Either"],
      ["Voice", "WebSocket"],
    ]);
    expect(rows.map(([, , saves = ""]) => plain(saves).replace(/ per .*/, ""))).toEqual([
      "SSE saves 60 ms",
      "SSE saves 60 ms",
      "SSE saves 60 ms",
      "SSE saves 60 ms",
      "SSE saves 300 ms",
      "SSE saves 350 ms",
      "SSE saves 0 ms",
      "SSE saves 0 ms",
      "WebSocket saves 70 ms",
    ]);
    expect(adviceRows(sessionKinds, here)[1]).toEqual([
      "Chat on phones",
      "Not measured",
      "–",
      "–",
      "Nothing is said, because not all of its waits were measured.",
    ]);
  });

  it("have the same in short: whole ms, nobody ahead by less than half of one, and of a transport that would be taken elsewhere its saving", () => {
    const rows = briefRows(sessionKinds, onNetwork, true).map((cells) => cells.map(plain));
    expect(rows.find(([title]) => title === "Voice")).toEqual([
      "Voice",
      "WebSocket",
      "WebSocket, by 70 ms per input (69 to 71 ms), 41 %",
      "With a 20 ms round trip, it is either.",
    ]);
    expect(rows.find(([title]) => title === "A seventh tab")).toEqual([
      "A seventh tab",
      "Either",
      "neither: 0 ms per question (−1 to 1 ms), 0 %",
      expect.stringMatching(/^With both over HTTP\/1\.1, it is WebSocket, by [\d,]+ ms per question\.$/),
    ]);
    expect(briefRows(sessionKinds, onNetwork, false).at(-1)?.[2]).toMatch(/, with a 100 ms round trip, SSE over HTTP\/2 and /);
    expect(briefRows(sessionKinds, here, true)[1]?.slice(1)).toEqual([
      "Not measured",
      "–",
      "Nothing is said, because not all of its waits were measured.",
    ]);
  });

  it("say the rest of a place where most of it differs, and several places that differ alike together", () => {
    const [badLink] = badLinkScenarios();
    const slower = (condition: string, arm: string): number =>
      // As with 100 ms: voice is slower over SSE. At LTE it is with HTTP/1.1 alone, and at slow 3G with all of them.
      condition === "inputs-slow-3g" || (condition === "inputs-lte" && arm === "sse-h1") ? (arm.startsWith("sse") ? 70 : 0) : 0;
    const blocks = badLink!.blocks.map((block) => ({
      ...block,
      samples: Object.fromEntries(
        Object.entries(block.samples).map(([id, times]) => [id, times.map((ms) => ms + slower(block.condition, block.arm))]),
      ),
    }));
    const there = from([...networkScenarios(), { ...badLink!, blocks }]);
    const changes = (id: string): string => plain(changeSentence(kindOf(id), there));
    expect(changes("voice")).toBe(
      "With a 20 ms round trip, or with 2 % of packets lost, or with LTE (but for both over HTTP/1.1), it is either.",
    );
    expect(changes("tabs")).toBe("With both over HTTP/1.1, it is WebSocket.");
  });

  it("have a table of choices for each instrument", () => {
    const [network, local] = choiceTables(sessionKinds, [...onNetwork.cells, ...here.cells.filter(({ place }) => place === "local")]);
    expect(network?.head).toHaveLength(4);
    expect(network?.rows.find(([label]) => label === "Voice, a 100 ms round trip")?.map(plain)).toEqual([
      "Voice, a 100 ms round trip",
      "WebSocket, by 70 ms per input (41 %)",
      "WebSocket, by 70 ms per input (41 %)",
      "WebSocket, by 70 ms per input (41 %)",
      "WebSocket, by 70 ms per input (41 %)",
    ]);
    expect(local?.head).toEqual(["both over HTTP/1.1, without TLS"]);
    expect(local?.rows).toHaveLength(4);
  });

  it("have one of the parts for each place that was measured, whose last row is their sum", () => {
    const tables = partsTables(sessionKinds.slice(0, 1), onNetwork.cells);
    expect(tables.map(({ id }) => id)).toEqual(["chat-far", "chat-near"]);
    expect(tables[0]?.rows.at(-1)?.slice(0, 4).map(plain)).toEqual(["the session", "", "3,060 ms", "3,360 ms"]);
  });
});
