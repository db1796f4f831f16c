/**
 * What README shows of a browser on a network, a row each. Which rows there are is our choice, and their values are the runs'.
 */
import type { networkArms } from "../scenarios/parts/network-arms.ts";
import type { Statistic } from "../stats/index.ts";

export interface NetworkFigure {
  readonly scenario: string;
  readonly condition: string;
  /** Of blocks: the samples of a metric, or a single value that each has. */
  readonly from: { readonly kind: "samples" | "values"; readonly name: string };
  readonly statistic: Statistic;
  readonly unit: "ms" | "count";
  /** The statistic stands between these two, in Markdown. */
  readonly label: { readonly what: string; readonly where: string };
  /** Of a setting that is a recorded link: what its files are called. Another recording is another road. */
  readonly recording?: string;
}

export interface NetworkColumn {
  readonly arm: (typeof networkArms)[number]["id"];
  readonly label: string;
  /** What a browser does by default before a deployed Worker. */
  readonly isDefault: boolean;
}

export const networkColumns: readonly NetworkColumn[] = [
  { arm: "sse", label: "SSE, HTTP/2", isDefault: true },
  { arm: "sse-h3", label: "SSE, HTTP/3", isDefault: false },
  { arm: "ws", label: "WebSocket, HTTP/1.1", isDefault: true },
  { arm: "ws-h2", label: "WebSocket, HTTP/2", isDefault: false },
];

function far(condition: string, what: string, where = ""): NetworkFigure {
  return {
    scenario: "distance",
    condition,
    from: { kind: "samples", name: "time" },
    statistic: 0.5,
    unit: "ms",
    label: { what, where: where === "" ? "100 ms RTT" : `${where}, 100 ms RTT` },
  };
}

function stalls(condition: string, answers: string): NetworkFigure {
  return {
    scenario: "stalls",
    condition,
    from: { kind: "values", name: "stalls100" },
    statistic: "mean",
    unit: "count",
    label: { what: "stalls above 100 ms a minute,", where: `${answers}, 2 % loss, CUBIC, 60 ms RTT` },
  };
}

function back(condition: string, where: string): NetworkFigure {
  return {
    scenario: "outage",
    condition,
    from: { kind: "samples", name: "recovery" },
    statistic: 0.5,
    unit: "ms",
    label: { what: "wait for text", where: `after ${where}, 60 ms RTT` },
  };
}

export const networkFigures: readonly NetworkFigure[] = [
  far("warm-start-100", "first token", "page just loaded from the Agent"),
  far("ready-100", "first token", "`connect()` 1 s before"),
  far("start-100", "first token", "no connection open"),
  far("next-think-100", "next answer", "after 1 s"),
  far("first-input-100", "first input until it is taken"),
  far("inputs-100", "input until it is taken", "20 inputs/s"),
  stalls("loss-1", "one answer"),
  stalls("loss-6", "six answers at once"),
  {
    scenario: "stalls",
    condition: "recorded-1",
    from: { kind: "samples", name: "lag" },
    statistic: 0.99,
    unit: "ms",
    label: { what: "lag of a token", where: "one answer on a recorded LTE drive" },
    recording: "Verizon-LTE-short",
  },
  back("tunnel-2", "a tunnel of 2 s"),
  back("tunnel-10", "a tunnel of 10 s"),
  back("tunnel-40", "a tunnel of 40 s"),
  back("address", "the address changed"),
];
