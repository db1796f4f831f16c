import { refusalOfNetwork } from "@agent-transports/lab/network";
import type { Machinery, Options } from "../options.ts";
import { refusalOfClocks } from "./worker-clock.ts";

/** What a machine lacks for one kind of scenarios. */
export interface LeftOut {
  readonly what: Machinery;
  readonly why: string;
}

type Refusal = () => Promise<string | null>;

const refusals: Readonly<Record<Machinery, Refusal>> = {
  kills: () => Promise.resolve(process.platform === "linux" ? null : "Killing a Worker takes the /proc of Linux."),
  packets: () => Promise.resolve(refusalOfNetwork()?.message ?? null),
  clocks: refusalOfClocks,
};

/** Without what this machine cannot do and nobody asked for by name. What was asked for is tried, and its error says what is missing. */
export async function leaveOut(
  options: Options,
  refused: Readonly<Record<Machinery, Refusal>> = refusals,
): Promise<{ readonly options: Options; readonly leftOut: readonly LeftOut[] }> {
  const leftOut: LeftOut[] = [];
  for (const what of ["kills", "packets", "clocks"] as const) {
    if (options[what] === 0 || options.askedFor.has(what)) continue;
    const why = await refused[what]();
    if (why !== null) leftOut.push({ what, why });
  }
  const none = Object.fromEntries(leftOut.map(({ what }) => [what, 0]));
  return { options: { ...options, ...none }, leftOut };
}
