import type { MessageParts } from "agents/chat";

/** Providers that name what they answered by ids, and keep only what they ended. */
const NAMING = new Set(["openai", "azure"]);

/** A part of a step that was interrupted, without the ids by which its provider would look for it in vain. */
export function withoutItemIds<Part extends MessageParts[number]>(part: Part): Part {
  const kept: Record<string, unknown> = { ...part };
  for (const member of ["providerMetadata", "callProviderMetadata", "resultProviderMetadata"]) {
    const metadata = kept[member];
    if (typeof metadata !== "object" || metadata === null) continue;
    const others = Object.entries(metadata).filter(([provider]) => !NAMING.has(provider));
    if (others.length === 0) delete kept[member];
    else kept[member] = Object.fromEntries(others);
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The same part, with less metadata.
  return kept as Part;
}
