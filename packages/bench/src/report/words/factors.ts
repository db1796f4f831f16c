/** What a setting varies, as in "It depends on …". */
import { factorWords } from "./memory.ts";

export const factorNames: Readonly<Record<string, string>> = {
  action: "what is done",
  answers: "how many answers come at once",
  bytes: "the size",
  client: "whether it is a browser",
  clients: "how many clients there are",
  compressed: "compression",
  congestionControl: "TCP's congestion control",
  conversations: "how many conversations there are",
  extraBytes: "the size of cookies and tokens",
  fault: "the fault",
  headerBytes: "the size of cookies and tokens",
  heartbeatMs: "the time between heartbeats",
  http: "the version of HTTP",
  initialWindow: "TCP's first window",
  input: "whether the whole context goes up",
  inputsPerSecond: "how many inputs come in a second",
  length: "how long an answer is",
  link: "the network",
  lossPercent: "how many packets are lost",
  nat: "how soon a NAT forgets",
  outage: "how the network goes away",
  pace: "how fast model and tools are",
  roundTripMs: "the round trip",
  runs: "how many answers come at once",
  silenceMs: "how long the model thinks",
  streams: "how many streams there are",
  timeoutMs: "when the proxy gives up",
  tokens: "how many tokens there are",
  tokensPerSecond: "how many tokens come in a second",
  turns: "the number of turns",
  way: "the proxy on the way",
};

/** A factor that has no name here is a run's that is not of this version. */
export function factorName(factor: string): string {
  return factorNames[factor] ?? `the ${factorWords(factor)}`;
}
