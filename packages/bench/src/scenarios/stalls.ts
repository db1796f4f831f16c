import { profiles, type Link, type LinkPath, type LinkProfile } from "@agent-transports/lab/network";
import type { LocalLab } from "../lab/lab.ts";
import type { TcpOptions } from "./parts/control-tcp.ts";
import { defineScenario, type SettingOf } from "./parts/define-scenario.ts";
import { integrityOf } from "./parts/in-place.ts";
import { networkArms, type NetworkArm } from "./parts/network-arms.ts";
import { gapsOf, lagsOf, minutesOf, readAnswers, stallsAbove, TOKENS_PER_SECOND, type Reading } from "./parts/reading.ts";
import type { Groups, Measurement, Scenario } from "./parts/scenario.ts";
import { withoutPlace, withoutPlaceWithBbr } from "./parts/without-place.ts";

const TOKENS = 300;
/** In ms: what a reader begins to see, what reads as a halt, and what reads as broken. */
const STALLS = [100, 250, 1_000] as const;
const BLOCK_LIMIT_MS = 120_000;
/** Most of a block of one answer is waiting. With six, two blocks at once make each other's models speak late. */
const blocksAtOnce = (answers: number): number => (answers === 1 ? 2 : 1);
/** On a recorded link, whose silences are seconds long: 20 s. */
const RECORDED_TOKENS = 1_000;
/** In segments. Linux counts its window in segments and QUIC in bytes, and a token is a small packet: in 300 of them are as many tokens as in QUIC's first window. */
const WIDE_WINDOW = 300;
/** What a place has where nothing else is asked for: the factors name it, so that a report can tell it from what was asked for. */
const USUAL_TCP = { congestionControl: "cubic", initialWindow: 10 } as const;

/** How TCP is done on both sides, beside the usual. */
interface Tcp {
  /** Behind the link's own id. */
  readonly id: string;
  /** Behind the link's own label. */
  readonly label: string;
  readonly options: TcpOptions;
  readonly missing: () => string | null;
}

const BBR: Tcp = { id: "bbr", label: "TCP with BBR", options: { congestionControl: "bbr" }, missing: withoutPlaceWithBbr };
const WIDE: Tcp = {
  id: "wide",
  label: `TCP's first window of ${WIDE_WINDOW} segments`,
  options: { initialWindow: WIDE_WINDOW },
  missing: withoutPlace,
};

interface NamedLink {
  readonly id: string;
  readonly label: string;
  readonly link: Link;
  readonly tcp?: Tcp;
  /** With one answer. */
  readonly groups: Groups;
  /** With six at once. */
  readonly groupsOfSix: Groups;
}

function both(path: Link["down"]): Link {
  return { down: path, up: path };
}

const usually: Groups = { quick: 0, standard: 3, full: 30 };
const rarely: Groups = { quick: 0, standard: 0, full: 30 };
const seldom: Groups = { quick: 0, standard: 0, full: 10 };

const loss = { id: "loss", label: "60 ms round trip, 2 % loss", link: both({ delayMs: 30, loss: { kind: "independent", share: 0.02 } }) };

const links: readonly NamedLink[] = [
  { id: "clean", label: "60 ms round trip, no loss", link: both({ delayMs: 30 }), groups: usually, groupsOfSix: rarely },
  { ...loss, groups: usually, groupsOfSix: usually },
  { ...loss, tcp: BBR, groups: usually, groupsOfSix: usually },
  { ...loss, tcp: WIDE, groups: seldom, groupsOfSix: seldom },
  { id: "wifi-lossy", label: "Wi-Fi with fades, 2 % of the time", link: profiles["wifi-lossy"], groups: usually, groupsOfSix: rarely },
  { id: "lte", label: "LTE", link: profiles.lte, groups: rarely, groupsOfSix: rarely },
  { id: "slow-3g", label: "slow 3G", link: profiles["slow-3g"], groups: rarely, groupsOfSix: rarely },
];

type Setting = SettingOf<Reading, never>;

function settingOf(
  { id, label, link, tcp }: Pick<NamedLink, "id" | "label" | "link" | "tcp">,
  groups: Groups,
  answers: number,
  tokens: number,
): Setting {
  const [tcpId, tcpLabel] = tcp === undefined ? ["", ""] : [`-${tcp.id}`, `, ${tcp.label}`];
  return {
    id: `${id}${tcpId}-${answers}`,
    label: `${label}${tcpLabel}, ${answers === 1 ? "one answer" : `${answers} answers at once`}`,
    factors: { link: id, answers, client: "Chromium", ...USUAL_TCP, ...tcp?.options },
    groups,
    value: { link, answers, tokens, ...tcp?.options },
    missing: tcp?.missing ?? withoutPlace,
    blocksAtOnce: blocksAtOnce(answers),
  };
}

/** @param recorded a link that was given on the command line @param recordedTokens of an answer on it */
export function stallsOn(recorded?: LinkProfile, recordedTokens = RECORDED_TOKENS): Scenario {
  const settings = links.flatMap((link) => [settingOf(link, link.groups, 1, TOKENS), settingOf(link, link.groupsOfSix, 6, TOKENS)]);
  if (recorded === undefined) return define(settings);
  const groups: Groups = { quick: 5, standard: 5, full: 30 };
  const link = { id: "recorded", label: `the recorded link ${recorded.name}`, link: recorded };
  // What a user asks for by name is asked first.
  return define([settingOf(link, groups, 1, recordedTokens), settingOf({ ...link, tcp: WIDE }, groups, 1, recordedTokens), ...settings]);
}

const define = (settings: readonly Setting[]): Scenario =>
  defineScenario({
    name: "stalls",
    title: "What a reader sees on a bad network",
    question: "How evenly does text come where packets are lost, with one answer and with six at once, over each version of HTTP?",
    claims: [],
    method:
      `Chromium reads answers of ${TOKENS} tokens (${RECORDED_TOKENS} on a recorded link), one every ${1000 / TOKENS_PER_SECOND} ms, through a network of two kernels, from an edge with TLS 1.3 before the Worker. ` +
      "A stall is a time with no new text of an answer. A token's lag is how much later it came than the quickest one of its answer, by the model's own schedule. Times are of the page's clock. " +
      "TCP has CUBIC and a first window of 10 segments on both sides, where a setting names no other, and QUIC has its program's own control. " +
      "Six answers at once share one connection over HTTP/2, over HTTP/3 and over a WebSocket; over HTTP/1.1 each event stream has its own.",
    instrument: "network",
    arms: networkArms,
    metrics: [
      {
        id: "gap",
        label: "time between two events with text",
        unit: "ms",
        better: "lower",
        kind: "token",
        quantiles: [0.9, 0.99],
        description: "From one event with text to the next of the same answer, in the page. The model's own is 20 ms.",
        scheduled: true,
      },
      {
        id: "lag",
        label: "lag of a token",
        unit: "ms",
        better: "lower",
        kind: "token",
        quantiles: [0.5, 0.9, 0.99],
        description: "Of each token: how much later it came, by the model's schedule, than the quickest token of its answer.",
      },
      ...STALLS.map((ms) => ({
        id: `stalled${ms}`,
        label: `time in stalls above ${ms} ms, for a minute of answer`,
        unit: "ms" as const,
        better: "lower" as const,
        kind: "stall" as const,
        quantiles: [0.5],
        description: `Of each block: the sum of all times of more than ${ms} ms with no new text, for a minute of answer. How many there were is in the block's values.`,
      })),
    ],
    settings,
    notRemote: "The link is on this machine, between a browser and the embedded Worker.",
    blockLimitMs: BLOCK_LIMIT_MS,
    measure: read,
  });

async function read(lab: LocalLab, arm: NetworkArm, reading: Reading): Promise<Measurement> {
  const { answers, tokens } = reading;
  const link = somewhereIn(reading.link, lab.random());
  const { runs, values } = await readAnswers(
    lab,
    arm,
    { ...reading, link },
    { atOnce: blocksAtOnce(answers), limitMs: BLOCK_LIMIT_MS - 5_000 },
  );
  const gaps = runs.flatMap(gapsOf);
  const stalls = STALLS.map((ms) => ({ ms, ...stallsAbove(ms, gaps, minutesOf(reading)) }));
  const lag = runs.flatMap((run) => lagsOf(run, (token) => (token * 1000) / TOKENS_PER_SECOND));
  return {
    samples: { gap: gaps, lag, ...Object.fromEntries(stalls.map(({ ms, timeMs }) => [`stalled${ms}`, [timeMs]])) },
    values: {
      ...values,
      ...Object.fromEntries(stalls.map(({ ms, count }) => [`stalls${ms}`, count])),
      reconnects: runs.reduce((sum, { reconnects }) => sum + reconnects, 0),
    },
    integrity: integrityOf(runs, tokens),
  };
}

/** A recorded link begins at another moment of its recording in each pair group; both directions at the same, because they were recorded together. */
function somewhereIn({ down, up }: Link, share: number): Link {
  const recordings = [down, up].flatMap(({ capacity }) => (capacity !== undefined && "trace" in capacity ? [capacity.trace.periodMs] : []));
  const fromMs = Math.floor(share * Math.min(...recordings));
  const from = (path: LinkPath): LinkPath =>
    path.capacity !== undefined && "trace" in path.capacity ? { ...path, capacity: { ...path.capacity, fromMs } } : path;
  return { down: from(down), up: from(up) };
}
