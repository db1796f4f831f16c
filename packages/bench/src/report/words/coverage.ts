import type { Counts, Coverage } from "../../analysis/facts/index.ts";
import { armName, plural } from "./format.ts";
import { NO_DIFFERENCE_WORDS } from "./verdicts.ts";

/** `1 of 9 scenarios was measured; it favours WebSocket.` */
export function coverageSentence({ measured, of }: Coverage, counted: Counts): string {
  const tendency = tendencyWords(counted, measured === 1);
  return `${measured} of ${plural(of, "scenario")} ${measured === 1 ? "was" : "were"} measured${tendency === null ? "" : `; ${tendency}`}.`;
}

/** `null` where it depends: on what is the next sentence. */
function tendencyWords({ sse, ws, undecided }: Counts, isOne: boolean): string | null {
  if (sse > 0 && ws > 0) return null;
  if (sse + ws > 0) return `${isOne ? "it favours" : "they favour"} ${armName(ws > 0 ? "ws" : "sse")}`;
  return undecided > 0 ? `${isOne ? "it is" : "they are"} undecided in part` : `${isOne ? "it shows" : "they show"} ${NO_DIFFERENCE_WORDS}`;
}
