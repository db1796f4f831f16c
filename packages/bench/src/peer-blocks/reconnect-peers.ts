import type { LocalLab } from "../lab/lab.ts";
import type { Mark } from "../results/schema.ts";
import type { Fault } from "../scenarios/parts/faults.ts";
import { steadyReply, until } from "../scenarios/parts/follow.ts";
import type { PeerPart } from "../scenarios/parts/peer-part.ts";
import { recoveryFrom, resumptionAfter, type Recovery } from "../scenarios/parts/recovery.ts";
import type { MeasuredPeer, Measurement } from "../scenarios/parts/scenario.ts";
import { ask, wake } from "./ask.ts";
import type { DisplayedAnswer } from "./displayed-answer.ts";
import { freshEndpoint } from "./endpoints.ts";

/** Once in a run: the first wait of every peer's client is 3 s, which is more than lies between the faults of a run of ours. */
const FAULT_AT_MS = 250;
/** The model still speaks when they come back. */
const RUN_MS = 4_000;
const TOKENS_PER_SECOND = 100;

/** Ids of the faults that peers are asked of. */
const asked: readonly string[] = ["reset", "clean"];

const notAsked: Readonly<Record<string, string>> = {
  stall: "nothing is closed, so that no client does anything: it would time the stall.",
  refused: "with their first waits of 3 s and more, three refusals take 12 to 19 s.",
  restart: "the Worker that is killed is one for this scenario, with our Agent alone in it.",
};

type PeerFault = Pick<Fault, "id" | "make">;

export const reconnectPeers: PeerPart<PeerFault> = {
  groups: { quick: 5, standard: 8, full: 40 },
  notAsked: ({ id }) => (asked.includes(id) ? null : (notAsked[id] ?? "only resets and clean closes are asked of them.")),
  measure: measureRecovery,
};

async function measureRecovery(lab: LocalLab, peer: MeasuredPeer, fault: PeerFault): Promise<Measurement> {
  const { proxy } = await freshEndpoint(lab, peer);
  const client = peer.application.connect(proxy.url, `reconnect-${lab.id()}`);
  try {
    await wake(lab, client);
    const connectionsBefore = proxy.connections.length;
    const reply = steadyReply(lab, (TOKENS_PER_SECOND * RUN_MS) / 1000, TOKENS_PER_SECOND);
    const script = lab.script(reply);
    const { askedAt, shown, over } = ask(lab, client, script);
    const begun = await Promise.race([
      shown.first,
      over.then(() => Promise.reject(new Error("The answer was over before its first word."))),
    ]);
    await until(begun + FAULT_AT_MS);
    const made = await fault.make({ proxy, restart: notThis });
    // A client that gives up is a result: what it lost is counted below.
    const gaveUp = await over.then(
      () => 0,
      () => 1,
    );
    const sentAt = lab.provider.sent(script.id)?.sentAt ?? [];
    lab.provider.removeReply(script.id);
    const back = resumptionAfter(shown, made, Infinity) !== undefined;
    return {
      samples: back ? listed(recoveryFrom(shown, made, Infinity, sentAt)) : {},
      values: { faults: 1, unanswered: back ? 0 : 1, gaveUp, connections: proxy.connections.length - connectionsBefore },
      integrity: shown.result(reply.tokens.length),
      timeline: marksOf(shown, peer.id, askedAt, made.at),
    };
  } finally {
    client.close();
  }
}

function listed(recovery: Readonly<Recovery>): Record<string, number[]> {
  return Object.fromEntries(Object.entries(recovery).map(([name, value]) => [name, [value]]));
}

function notThis(): never {
  throw new Error("The lab's own Worker cannot be restarted.");
}

function marksOf({ states, events }: DisplayedAnswer, lane: string, from: number, faultAt: number): Mark[] {
  return [
    ...states.map(({ to, at }): Mark => ({ tMs: at - from, lane, kind: to })),
    ...events.map(({ at }): Mark => ({ tMs: at - from, lane, kind: "event" })),
    { tMs: faultAt - from, lane, kind: "fault" } as const,
  ].sort((a, b) => a.tMs - b.tMs);
}
