import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { addNetwork, badLinkScenarios, localScenarios, networkScenarios } from "../../test/fixtures/sessions.ts";
import { makeResults } from "../../test/fixtures/results.ts";
import type { Results } from "../results/schema.ts";
import { sessionKinds } from "../sessions/kinds.ts";
import { buildReport, renderHtml, renderMarkdown, renderTerminal } from "./index.ts";

const bare = makeResults({ groups: 5 });
const others = localScenarios();
const quick: Results = {
  ...bare,
  scenarios: [...bare.scenarios.filter(({ name }) => others.every((one) => one.name !== name)), ...others],
};
const network = addNetwork(bare);

interface Forms {
  /** Above the cards. */
  readonly key: string;
  readonly cards: readonly HTMLElement[];
  readonly markdown: string;
  readonly terminal: string[];
}

function formsOf(results: Results, width = 400): Forms {
  const report = buildReport(results);
  const { document } = parseHTML(renderHtml(results, report));
  return {
    key: document.querySelector("#answer + .key")?.textContent ?? "",
    cards: [...document.querySelectorAll<HTMLElement>(".card")],
    markdown: renderMarkdown(results, report),
    terminal: renderTerminal(results, report, { colour: false, width }).split("\n"),
  };
}

const textOf = (card: HTMLElement | undefined, selector: string): string =>
  card?.querySelector(selector)?.textContent?.replaceAll(/\s/gu, " ") ?? "";
const columnsOf = (card: HTMLElement | undefined): string[] =>
  [...(card?.querySelectorAll(".grid th[scope=col]") ?? [])].map((one) => one.textContent ?? "");

describe("the first screen of a report", { timeout: 60_000 }, () => {
  const { key, cards, markdown, terminal } = formsOf(network);
  const [chat, , question, agent, voice] = cards;

  it("has a card for each kind of session, with what to take for it", () => {
    expect(cards.map((card) => [textOf(card, "h3"), textOf(card, ".pick")])).toEqual([
      ["Chat at a desk", "SSE"],
      ["Chat on phones", "SSE"],
      ["One question a page", "SSE"],
      ["Agent with client-side tools", "Either"],
      ["Voice", "WebSocket"],
    ]);
    const own = sessionKinds.filter(({ caseOf }) => caseOf === undefined);
    for (const [index, { does }] of own.entries()) expect(textOf(cards[index], ".does")).toBe(does);
    expect(cards.map(({ className }) => className)).toEqual(["card sse", "card sse", "card sse", "card either", "card ws"]);
  });

  it("says where that is once for all, what it saves, and what would change it", () => {
    expect(key).toBe(
      "Sums of measured waits, with a 100 ms round trip, SSE over HTTP/2 and WebSocket over HTTP/1.1. How a transport is chosen",
    );
    for (const card of cards) expect(card.querySelector(".where")).toBeNull();
    const text = (question?.textContent ?? "").replaceAll(/\s/gu, " ");
    expect(text).toContain("It saves 300 ms per question (95 %: 299 to 301 ms), 33 % of the wait.");
    expect(text).toContain("What would change it: With both over HTTP/2, it is either.");
    expect(text).toContain("One question, no socket yet: SSE, by 350 ms.");
    expect(text).toContain("A seventh tab: either.");
  });

  it("names the cases of what is undecided before all else, and those of what is decided behind it", () => {
    // Half of the tunnels cost a WebSocket six seconds more, and half of them none: but with heartbeats of 2 s.
    const uneven = network.scenarios.map((scenario) => ({
      ...scenario,
      blocks: scenario.blocks.map((block) =>
        block.condition === "tunnel-10" && block.arm === "ws"
          ? { ...block, samples: { recovery: (block.samples["recovery"] ?? []).map((ms) => ms + (block.pair % 2) * 6_000) } }
          : block,
      ),
    }));
    const [, phones] = formsOf({ ...network, scenarios: uneven }).cards;
    expect(textOf(phones, ".pick")).toBe("Undecided");
    const words = (phones?.textContent ?? "").replaceAll(/\s/gu, " ");
    expect(words).toMatch(/What would change it: Chrome on Android: undecided\. Heartbeats of 2 s: SSE, by 60 ms\. If that lead is real/);
    expect((cards[1]?.textContent ?? "").replaceAll(/\s/gu, " ")).toMatch(/\. Chrome on Android: SSE, by 60 ms\. Heartbeats of 2 s: SSE/);
  });

  it("says on each card where its answer is of, when they are not of one place", () => {
    const mixed = formsOf({
      ...quick,
      scenarios: [...quick.scenarios, ...networkScenarios().filter(({ name }) => name === "tool-loop-far")],
    });
    expect(mixed.key).toBe("Each session is a sum of waits that were measured. How a transport is chosen");
    expect(mixed.cards.map((card) => textOf(card, ".where"))).toEqual([
      "Sums of measured waits, with no network, on this machine (another instrument), both over HTTP/1.1, without TLS.",
      "",
      "Sums of measured waits, with no network, on this machine (another instrument), both over HTTP/1.1, without TLS.",
      "Sums of measured waits, with a 100 ms round trip, SSE over HTTP/2 and WebSocket over HTTP/1.1.",
      "Sums of measured waits, with no network, on this machine (another instrument), both over HTTP/1.1, without TLS.",
    ]);
  });

  it("shows the choice at each place over each pairing, in words as well as in colour", () => {
    expect(columnsOf(voice)).toEqual(["HTTP of SSE, WebSocket", "100 ms away", "20 ms away"]);
    const cells = [...(voice?.querySelectorAll(".grid td") ?? [])];
    expect(cells.map((cell) => [cell.className, cell.textContent])).toEqual(
      Array.from({ length: 4 }, () => [
        ["ws", "WebSocket"],
        ["either", "either"],
      ]).flat(),
    );
    expect([...(voice?.querySelectorAll(".grid th[scope=row]") ?? [])].map((one) => one.textContent)).toEqual([
      "2, 1.1",
      "3, 1.1",
      "2, 2",
      "1.1, 1.1",
    ]);
    expect(textOf(voice, ".grid caption")).toBe("Voice: what to take over each version of HTTP");
    for (const cell of agent?.querySelectorAll(".grid td") ?? []) expect(cell.textContent).toBe("either");
  });

  it("has a row for each place where there are more than two, with what another version of HTTP says", () => {
    const [badLink] = badLinkScenarios();
    const blocks = badLink!.blocks.map((block) =>
      block.condition === "inputs-lte" && block.arm === "sse-h1" ? { ...block, samples: { time: [170, 170] } } : block,
    );
    const { cards: all } = formsOf({ ...bare, scenarios: [...network.scenarios, { ...badLink!, blocks }] });
    const rows = [...(all[4]?.querySelectorAll(".grid tbody tr") ?? [])].map((row) => [...row.children].map((cell) => cell.innerHTML));
    expect(rows).toEqual([
      ["100 ms away", "WebSocket"],
      ["20 ms away", "either"],
      ["2 % loss", "either"],
      ["LTE", "either<br>HTTP 1.1, 1.1: WebSocket"],
      ["slow 3G", "either"],
    ]);
  });

  it("has the parts of each sum, and what was not measured with its command, on demand", () => {
    const details = [...(chat?.querySelectorAll("details") ?? [])];
    expect(details.map((one) => one.querySelector("summary")?.textContent)).toEqual(["Parts, and what is missing"]);
    expect(details[0]?.textContent).toMatch(/A 100 ms round trip: SSE\..*4 × the next answer, after a pause.*A 20 ms round trip: either\./);
    expect(details[0]?.querySelector("code")?.textContent).toBe("npx -y pnpm@12 bench run bad-link --standard");
    const all = [...quick.scenarios, ...networkScenarios(), ...badLinkScenarios()];
    const whole = formsOf({ ...quick, scenarios: all }).cards[0];
    expect(textOf(whole, "summary")).toBe("Parts of the sum");
    // Another instrument's: not in the grid.
    expect(whole?.querySelector("details")?.textContent).toContain("No network, on this machine (another instrument): either.");
  });

  it("says the same in Markdown", () => {
    expect(markdown).toMatch(/^\| your application \| take \| saved wait \| link, and versions of HTTP \| what would change it \|$/m);
    expect(markdown).toMatch(
      /^\| Voice \| WebSocket \| WebSocket saves 70.ms per input .* \| With a 20 ms round trip, it is either\. \|$/m,
    );
    expect(markdown).toMatch(/^\| One question a page, a 20 ms round trip \| SSE, by 60.ms per question .* \| either \(.*\) \| SSE/m);
    expect(markdown).toContain("`npx -y pnpm@12 bench run first-token reconnect tool-loop uplink --quick`");
    expect(markdown.indexOf("your application")).toBeLessThan(markdown.indexOf("## The claims"));
  });

  it("says it on a terminal in two lines a kind, which no screen is too narrow for", () => {
    const at = terminal.findIndex((line) => line.startsWith("Chat at a desk: SSE. It saves 60"));
    expect(at).toBeGreaterThan(0);
    const lines = terminal.slice(at, at + 2 * sessionKinds.length);
    expect(lines.filter((_, index) => index % 2 === 0).map((line) => line.split(":")[0])).toEqual(sessionKinds.map(({ title }) => title));
    for (const line of lines.filter((_, index) => index % 2 === 1)) expect(line).toMatch(/^ {2}What would change it: /);
    expect(lines.at(-1)).toBe("  What would change it: With a 20 ms round trip, it is either.");
    const narrow = formsOf(network, 60).terminal;
    const from = narrow.findIndex((line) => line.startsWith("Chat at a desk: SSE"));
    for (const line of narrow.slice(from, from + 2 * sessionKinds.length)) expect(line.length).toBeLessThanOrEqual(60);
  });

  it("of a quick run says what this machine says, that no network is in it, and what a phone needs", () => {
    const forms = formsOf(quick);
    expect(forms.cards.map((card) => textOf(card, ".pick"))).toEqual(["Either", "Not measured", "Either", "Either", "Either"]);
    const [desk, phone] = forms.cards;
    expect(forms.key).toContain("with no network, on this machine (another instrument), both over HTTP/1.1, without TLS.");
    expect(desk?.textContent).toContain("A network may: not all of its waits were measured on one.");
    for (const card of forms.cards) expect(card.querySelector(".grid")).toBeNull();
    // In view, where there is nothing else to say.
    expect(
      [...(phone?.children ?? [])]
        .filter(({ tagName }) => tagName !== "DETAILS")
        .at(-1)
        ?.querySelector("code")?.textContent,
    ).toBe("npx -y pnpm@12 bench run distance outage --standard");
    expect(textOf(phone, "details code")).toBe("npx -y pnpm@12 bench run bad-link outage --standard");
    expect(forms.markdown).toMatch(/^\| Chat on phones \| Not measured \| – \| – \| /m);
    const at = forms.terminal.indexOf("Chat on phones: not measured.");
    expect(forms.terminal[at + 1]).toBe("  npx -y pnpm@12 bench run distance outage --standard");
  });

  it("takes no figure of a deployment for one of this machine", () => {
    const { cards } = formsOf({ ...quick, options: { ...quick.options, target: "https://a.example/" } });
    for (const card of cards) expect(textOf(card, ".pick")).toBe("Not measured");
    expect(cards[0]?.textContent).toContain("first-token was measured at a deployment");
  });
});
