/** The Agents SDK's, one for each level. */
const SUB_AGENTS = /^(?:\/sub\/[^/]+\/[^/]+)+/;

/** Splits what lies below an agent's base: which sub-agent of its is meant, `""` where none is, and what is asked of that. */
export function splitSubAgents(path: string): { readonly sub: string; readonly below: string } {
  const sub = SUB_AGENTS.exec(path)?.[0] ?? "";
  return { sub, below: path.slice(sub.length) };
}
