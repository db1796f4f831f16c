// `pnpm scenarios`: writes the scenario files from the one list. A test compares them.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { artilleryScript } from "./src/plan/artillery-script.ts";
import { scenarioNames, scenarios } from "./src/plan/scenario-list.ts";

for (const name of scenarioNames) {
  const { about } = scenarios[name];
  const script = artilleryScript(name, { target: "{{ $env.AGENT_URL }}" });
  const head = [
    `# ${about[0]?.toUpperCase()}${about.slice(1)}.`,
    "# AGENT_URL names the Worker, and AGENT_TOKEN holds the bearer token where it asks for one.",
    "# Written by `pnpm scenarios` from src/plan. Change the phases as you like in a copy.",
  ];
  writeFileSync(join(import.meta.dirname, "scenarios", `${name}.yml`), `${head.join("\n")}\n${stringify(script, { lineWidth: 0 })}`);
}
