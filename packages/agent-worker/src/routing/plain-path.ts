import { parseSubAgentPath } from "agents";
import { splitSubAgents } from "../wire/sub-agents.ts";

/**
 * Whether the Agents SDK finds the same sub-agent in a path as {@link splitSubAgents}. It looks for one anywhere, leaves out empty segments, and passes over what is
 * no class or no name. So whoever decides by the path who may come would decide of another one than is reached.
 *
 * @param classes those of the Worker
 */
export function isPlainPath(path: string, classes: readonly string[]): boolean {
  if (!path.includes("sub")) return true;
  let { sub, below } = splitSubAgents(path);
  const found = (rest: string): string | undefined =>
    parseSubAgentPath(`http://agent.invalid${rest}`, { knownClasses: [...classes] })?.remainingPath;
  for (; sub !== ""; sub = sub.slice(one(sub).length)) {
    const rest = (sub + below).slice(one(sub).length);
    if (found(sub + below) !== (rest === "" ? "/" : rest)) return false;
  }
  return found(below) === undefined;
}

/** The first level of several. */
function one(sub: string): string {
  return sub.split("/", 4).join("/");
}
