import { expect, it } from "vitest";
import { post, segment, start, TestSocket } from "./harness.ts";

const SECRET = "canary-of-a-secret";

// What each variable may be: src/configuration/configuration.test.ts.
it("an invalid variable is named to every client and once in the log, without its value", async () => {
  const logged: string[] = [];
  const host = await start({ vars: { AGENT_TOKENS: `me=${SECRET},`, RETENTION_HOURS: "x" }, log: (message) => logged.push(message) });
  try {
    const base = new URL(`${segment}/one`, host.url).href;
    for (const answer of [await fetch(base), await post(base, { prompt: "x" }), await fetch(new URL("/runs", host.url))]) {
      const text = await answer.text();
      const message = expect.stringMatching(/RETENTION_HOURS.*AGENT_TOKENS/);
      expect([answer.status, JSON.parse(text)]).toMatchObject([500, { error: { code: "misconfigured", message } }]);
      expect(text).not.toContain(SECRET);
    }
    expect(await new TestSocket(`${base}?v=1`).closed()).toBe(4500);
    await expect.poll(() => logged.filter((line) => /^misconfigured: RETENTION_HOURS.*AGENT_TOKENS/.test(line))).toHaveLength(1);
    expect(logged.join("\n")).not.toContain(SECRET);
  } finally {
    await host.dispose();
  }
});
