import { profiles, type Link, type ProfileName } from "@agent-transports/lab/network";
import type { LocalLab } from "../lab/lab.ts";
import { deedMetrics, deeds, linkOf, losesPackets, measureDeed, type Deed } from "./parts/deeds.ts";
import { defineScenario, type SettingOf } from "./parts/define-scenario.ts";
import { CHAIN_LIMIT_MS, measureFarChain } from "./parts/far-chain.ts";
import { networkArms, type NetworkArm } from "./parts/network-arms.ts";
import type { Groups, Measurement, Scenario } from "./parts/scenario.ts";
import { chainMetric } from "./parts/tool-chains.ts";
import { withoutPlace } from "./parts/without-place.ts";

const TURNS = 20;
/** Of a block where packets are lost. */
const OFTENER = 2;
/** What Caddy does differently shows in `distance`. */
const arms = networkArms.filter(({ id }) => id !== "sse-h2-caddy");

interface BadLink {
  readonly id: string;
  /** Behind what is done. */
  readonly label: string;
  readonly link: Link;
  readonly groups: Groups;
}

const lossy = { kind: "independent", share: 0.02 } as const;
const away = linkOf(60);

const ofProfile = (name: ProfileName, label: string, groups: Groups): BadLink => ({ id: name, label, link: profiles[name], groups });

const links: readonly BadLink[] = [
  {
    id: "loss",
    label: "60 ms away, 2 % loss",
    link: { down: { ...away.down, loss: lossy }, up: { ...away.up, loss: lossy } },
    // Which packets are lost is luck: it spreads more than all else.
    groups: { quick: 0, standard: 5, full: 40 },
  },
  ofProfile("lte", "over LTE", { quick: 0, standard: 3, full: 20 }),
  ofProfile("slow-3g", "over slow 3G", { quick: 0, standard: 3, full: 20 }),
  ofProfile("wifi-lossy", "over Wi-Fi with fades", { quick: 0, standard: 0, full: 40 }),
];

/** What is done: `null` is the chain of tool calls. */
interface OnLink {
  readonly deed: Deed | null;
  readonly link: Link;
}

function settingOf(deed: Deed | null, { id, label, link, groups }: BadLink): SettingOf<OnLink, (typeof arms)[number]["id"]> {
  const action = deed?.id ?? "chain";
  const furtherArms = arms.map((arm) => arm.id).filter((arm) => arm !== "ws-h2" || deed?.connections !== "none");
  return {
    id: `${action}-${id}`,
    label: `${deed?.label ?? `${TURNS} turns`}, ${label}`,
    factors: { action, link: id, client: "Chromium" },
    groups,
    value: { deed, link },
    missing: withoutPlace,
    blocksAtOnce: atOnceOf(deed),
    furtherArms,
  };
}

function atOnceOf(deed: Deed | null): number {
  return deed?.atOnce ?? 1;
}

export const badLink: Scenario = defineScenario({
  name: "bad-link",
  title: "Waits on a bad link",
  question: "What is left of the differences where packets are lost, on LTE, and on slow 3G?",
  claims: [],
  method:
    "The actions of distance of which sessions are the sums, and a chain of tool calls as in tool-loop-far, through links that lose packets or carry little. " +
    "Lost packets are the luck of a block, by its seed. Where packets are lost, each action is timed twice as often. A connection may be lost then, and the client goes on by itself: how often is in the block's values. Times are of the page's clock.",
  instrument: "network",
  arms,
  metrics: [...deedMetrics.filter(({ id }) => id === "time"), chainMetric],
  settings: links.flatMap((link) => [...deeds.filter(({ inSessions }) => inSessions === true), null].map((deed) => settingOf(deed, link))),
  notRemote: "The link is on this machine, between a browser and the embedded Worker.",
  blockLimitMs: CHAIN_LIMIT_MS,
  measure,
});

async function measure(lab: LocalLab, arm: NetworkArm, { deed, link }: OnLink): Promise<Measurement> {
  if (deed === null) {
    const chain = await measureFarChain(lab, arm, { link, turns: TURNS, input: "new", realPace: false, atOnce: atOnceOf(deed) });
    return { ...chain, samples: { chain: chain.samples["chain"] ?? [] } };
  }
  const measured = await measureDeed(lab, arm, { deed, link, oftener: losesPackets(link) ? OFTENER : 1 });
  return { ...measured, samples: { time: measured.samples["time"] ?? [] } };
}
