import { fetchEventSource as follow } from "@microsoft/fetch-event-source";
import type { PeerWith } from "../peer.ts";
import { eventsPath, giveText, never } from "../reader.ts";

export const fetchEventSource: PeerWith<"reader" | "bundle"> = {
  id: "fetch-event-source",
  label: "@microsoft/fetch-event-source",
  transport: "sse",
  reader: {
    label: "@microsoft/fetch-event-source, JSON.parse",
    connect: ({ url, fetch = globalThis.fetch }) => ({
      open(run, onEvent) {
        standIn();
        const abort = new AbortController();
        const reading = follow(new URL(eventsPath(run), url).href, {
          fetch,
          signal: abort.signal,
          openWhenHidden: true,
          onmessage: ({ data }) => {
            // It calls back for comments and `retry:` too, with no data.
            if (data !== "") void giveText(data, onEvent);
          },
        });
        return { failed: reading.then(() => never), close: () => abort.abort() };
      },
      close: () => undefined,
    }),
  },
  bundle: { source: 'export { fetchEventSource } from "@microsoft/fetch-event-source"' },
};

/** It is for browsers alone: the few members of `window` and `document` that it touches. */
function standIn(): void {
  Object.assign(globalThis, {
    window: globalThis,
    document: { hidden: false, addEventListener: () => undefined, removeEventListener: () => undefined },
  });
}
