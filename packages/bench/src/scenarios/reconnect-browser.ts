import { HEARTBEAT_DEFAULT_MS } from "@agent-transports/protocol";
import type { Moment } from "@agent-transports/lab/browser";
import { IntegrityChecker } from "@agent-transports/lab/integrity";
import { withoutChromium } from "@agent-transports/lab/tools";
import type { LocalLab } from "../lab/lab.ts";
import { contextOf } from "../lab/run-input.ts";
import { EVENT_SOURCE, WEB_SOCKET } from "../results/names.ts";
import { SSE_ARM, WS_ARM } from "./parts/arms.ts";
import { pagesOf } from "./parts/browser-pages.ts";
import { defineScenario } from "./parts/define-scenario.ts";
import { cleanClose, reset, type Fault } from "./parts/faults.ts";
import { steadyReply } from "./parts/follow.ts";
import type { Groups, Measurement, Scenario } from "./parts/scenario.ts";

/** Of our clients; the shortest that the protocol has. */
const HEARTBEAT_MS = 1_000;
const TOKENS = 80;
const TOKENS_PER_SECOND = 100;
/** After the first event on a connection it is broken, for as long as the model speaks. */
const BREAK_AFTER_MS = 200;
/** How long a page waits for a next event before it says that none comes. Chromium's EventSource waits 3 s before it tries again. */
const PATIENCE_MS = 4_000;

const BY_HAND = "native-websocket-by-hand";

/** What the browser has itself. */
export const nativeArms = [
  { id: EVENT_SOURCE, label: "EventSource alone" },
  { id: WEB_SOCKET, label: "WebSocket alone" },
  { id: BY_HAND, label: "WebSocket, by hand" },
] as const;
/** How a page follows a run. */
const arms = [SSE_ARM, WS_ARM, ...nativeArms] as const;
type PageArm = (typeof arms)[number];

type PageFault = Pick<Fault, "id" | "label" | "make">;
const halfOpen: PageFault = {
  id: "half-open",
  label: `half-open, heartbeat ${HEARTBEAT_MS / 1000} s`,
  make: ({ proxy }) => Promise.resolve({ at: proxy.halfOpen().at }),
};

interface BrowserSetting {
  readonly fault: PageFault;
  readonly furtherArms: readonly PageArm["id"][];
  readonly groups: Groups;
}

const groups: Groups = { quick: 0, standard: 3, full: 25 };
const settings: readonly BrowserSetting[] = [
  { fault: reset, furtherArms: [EVENT_SOURCE, WEB_SOCKET, BY_HAND], groups },
  // A WebSocket is closed by either, for good.
  { fault: cleanClose, furtherArms: [EVENT_SOURCE], groups: { ...groups, standard: 0 } },
  { fault: halfOpen, furtherArms: [EVENT_SOURCE], groups },
];

export const reconnectBrowser: Scenario = defineScenario({
  name: "reconnect-browser",
  title: "Reconnection in a browser",
  question:
    "Does the answer go on by itself after the connection broke: with the browser's own EventSource, with its WebSocket, and with our clients?",
  claims: [9],
  method:
    "A page in Chromium follows a run of 80 tokens at 100 tokens/s, and its connection is broken 200 ms after the first event on it, and on each that follows, for as long as the model speaks. " +
    "All figures are of the page's own clock: of each fault, how long the page had no new event, of which 10 ms are the model's own. Beside our clients, on the same Agent: EventSource, which asks again by itself from its last id; WebSocket in a page that has nothing to open another; and in one that opens another at once, by hand. " +
    `After ${PATIENCE_MS / 1000} s without an event none is waited for; our clients have a heartbeat of ${HEARTBEAT_MS / 1000} s here, and with their default of ${HEARTBEAT_DEFAULT_MS / 1000} s would notice a half-open connection after ${(2 * HEARTBEAT_DEFAULT_MS) / 1000} s. What the browser's own lost is in its figures, and not in the count of events below, which is of our clients.`,
  arms,
  metrics: [
    {
      id: "gap",
      label: "time without a new event",
      unit: "ms",
      better: "lower",
      kind: "wait",
      quantiles: [0.5, 0.9],
      description:
        "Of each fault after which an event came: from the last event before it to the first new one on the connection that was opened after it.",
    },
    {
      id: "back",
      label: "faults after which the answer went on",
      unit: "count",
      better: "higher",
      kind: "fault",
      quantiles: [0.5],
      description: "Of each fault: 1 where a new event came by itself, 0 where none did before the page's patience ended.",
    },
    {
      id: "lost",
      label: "events or tokens that never came",
      unit: "count",
      better: "lower",
      kind: "fault",
      quantiles: [0.5],
      description: "Of each block, by the events' ids or by the text, whichever misses more.",
    },
  ],
  settings: settings.map(({ fault, ...setting }) => ({
    ...setting,
    id: fault.id,
    label: `${fault.label}, in Chromium`,
    factors: { fault: fault.id, client: "Chromium" },
    value: fault,
    missing: withoutChromium,
  })),
  notRemote: "The connection is broken by the proxy beside the embedded Worker.",
  measure: measureGaps,
});

async function measureGaps(lab: LocalLab, arm: PageArm, fault: PageFault): Promise<Measurement> {
  const agent = `reconnect-browser-${lab.id()}`;
  const pages = await pagesOf(lab);
  await lab.wake(agent);
  const proxy = lab.proxy(arm.id);
  const { id, prompt } = lab.script(steadyReply(lab, TOKENS, TOKENS_PER_SECOND));
  const page = await pages.open(proxy.url);
  const breaking: Promise<unknown>[] = [];
  try {
    const target = { proxy, restart: () => Promise.reject(new Error("The lab's own Worker cannot be restarted.")) };
    await page.exposeFunction("flows", () => {
      setTimeout(() => {
        if (lab.provider.sent(id)?.outcome === "running") breaking.push(fault.make(target));
      }, BREAK_AFTER_MS);
    });
    const moments = await page.evaluate(([arm, run, patienceMs]) => window.follow.watch(arm, run, patienceMs), [
      arm.id,
      { agent, input: contextOf(prompt), heartbeatMs: HEARTBEAT_MS },
      PATIENCE_MS,
    ] as const);
    await Promise.all(breaking);
    if (breaking.length === 0) throw new Error("The answer was over before its connection was broken.");
    return measurement(arm, moments, breaking.length);
  } finally {
    lab.provider.removeReply(id);
    await page.context().close();
  }
}

function measurement({ id }: PageArm, moments: readonly Moment[], made: number): Measurement {
  const checker = new IntegrityChecker();
  for (const { event } of moments) if (event !== undefined) checker.see(event);
  const integrity = checker.result(TOKENS);
  const gap = gapsOf(moments);
  if (gap.length > made) throw new Error(`The answer continued ${gap.length} times after ${made} faults.`);
  return {
    samples: { gap, back: Array.from({ length: made }, (_, index) => (index < gap.length ? 1 : 0)), lost: [integrity.lost] },
    values: { faults: made, back: gap.length, repeated: integrity.repeated, reordered: integrity.reordered },
    // What the browser's own loses is what it does, and no fault of the Agent or of a client.
    integrity: id === "sse" || id === "ws" ? integrity : null,
  };
}

/** Of each connection after the first on which an event came that was new: from the last event before it to that one, in ms. */
export function gapsOf(moments: readonly Moment[]): number[] {
  const gaps: number[] = [];
  const seen = new Set<string>();
  let lastAt: number | undefined;
  let isReopened = false;
  for (const { at, event } of moments) {
    if (event === undefined) isReopened = lastAt !== undefined;
    else if (!seen.has(event.id)) {
      seen.add(event.id);
      if (isReopened && lastAt !== undefined) gaps.push(at - lastAt);
      isReopened = false;
      lastAt = at;
    }
  }
  return gaps;
}
