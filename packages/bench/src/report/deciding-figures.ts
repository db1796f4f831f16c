/**
 * The few figures that decide for each kind of application, as a report's README shows them first. Which they are is our choice; their values,
 * and which transport they speak for, are the report's.
 */
export interface DecidingFigure {
  readonly scenario: string;
  readonly condition: string;
  /** The scenario's first, unless said otherwise; of either, the first quantile. */
  readonly metric?: string;
  readonly label: string;
}

export const decidingFigures: readonly { readonly title: string; readonly figures: readonly DecidingFigure[] }[] = [
  {
    title: "Chat",
    figures: [
      { scenario: "token-latency", condition: "one", label: "token, model to application" },
      { scenario: "reconnect", condition: "reset", label: "next event after a reset" },
      { scenario: "first-token", condition: "warm", label: "first token, open connection" },
      { scenario: "distance", condition: "start-100", label: "first token, new connection, 100 ms RTT" },
    ],
  },
  {
    title: "Agent with many tools",
    figures: [
      { scenario: "tool-loop", condition: "50-new", label: "50 tool calls, instant model" },
      { scenario: "tool-loop", condition: "real-new", label: "20 tool calls, real pace" },
    ],
  },
  {
    title: "Voice or binary",
    figures: [
      { scenario: "uplink", condition: "20", label: "input acknowledged, 20 inputs/s" },
      { scenario: "distance", condition: "inputs-100", label: "the same, 100 ms RTT" },
      { scenario: "binary", condition: "1k", label: "1 KB sent and received back" },
      { scenario: "binary", condition: "1m", label: "1 MB sent and received back" },
    ],
  },
  {
    title: "Dashboard with many tabs",
    figures: [
      { scenario: "herd", condition: "50", label: "next event, 50 clients return" },
      { scenario: "multiplex", condition: "browser-7", label: "last of 7 answers to start, HTTP/1.1" },
      { scenario: "multiplex", condition: "http2", label: "the same over HTTP/2" },
    ],
  },
];
