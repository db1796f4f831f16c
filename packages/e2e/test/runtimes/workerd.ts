import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { ASK_LIMIT_MS, bundle, jsonOf, type Runtime } from "./runtime.ts";

/** A plain Worker, with no compatibility flag for Node. */
export async function startWorkerd(): Promise<Runtime> {
  const problems: string[] = [];
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      name: "conformance",
      modules: true,
      script: await bundle({ format: "esm", conditions: ["workerd", "worker", "browser"] }),
      compatibilityDate: "2026-11-01",
      host: "127.0.0.1",
      cf: false,
      log: new Log(LogLevel.NONE),
      handleStructuredLogs: ({ level, message }) => {
        if (level === "error" || level === "warn") problems.push(message);
      },
    }),
  );
  await miniflare.ready;
  return {
    async ask(query) {
      const url = new URL(`http://conformance/?${new URLSearchParams(query)}`);
      return jsonOf(await miniflare.dispatchFetch(url, { signal: AbortSignal.timeout(ASK_LIMIT_MS) }));
    },
    problems: () => problems,
    close: () => miniflare.dispose(),
  };
}
