import { escapeMarkdown } from "../report/escape.ts";
import type { Environment } from "../results/schema.ts";
import type { Sample } from "./compare.ts";
import { figureTables } from "./table.ts";

/** What a table's figures hang on besides the code. */
export interface Measurement {
  /** ISO 8601. */
  readonly startedAt: string;
  readonly environment: Environment;
  /** What comes behind `bench agents <test>` to make the table again. */
  readonly options: string;
}

const measuredPackages = ["workerd", "miniflare", "agents", "ai"];

/** The tables for a README: each with its command, and when and where it was run. */
export function agentMarkdown(samples: readonly Sample[], measurement: Measurement): string {
  return figureTables(samples)
    .map(({ test, head, rows }) =>
      [
        `### \`${test.id}\`: ${escapeMarkdown(test.title)}`,
        [line(["", ...head]), `|---|${head.map(() => "--:").join("|")}|`, ...rows.map(line)].join("\n"),
        `\`npx -y pnpm@12 bench agents ${test.id}${measurement.options}\`, ${escapeMarkdown(circumstances(measurement))}`,
      ].join("\n\n"),
    )
    .join("\n\n");
}

function circumstances({ startedAt, environment }: Measurement): string {
  const { cpuModel, cores, kernel, node, versions, commit, dirty, loadAverageAtStart } = environment;
  const packages = measuredPackages.map((name) => `${name} ${versions[name] ?? "unknown"}`).join(", ");
  const at = commit === null ? "no commit" : `commit ${commit.slice(0, 12)}${dirty === true ? " with uncommitted changes" : ""}`;
  return `${startedAt.slice(0, 10)}, ${at}; ${cores} cores of ${cpuModel}, load ${(loadAverageAtStart[0] ?? Number.NaN).toFixed(1)} before, Linux ${kernel}; Node ${node}, ${packages}`;
}

function line(cells: readonly string[]): string {
  return `| ${cells.map(escapeMarkdown).join(" | ")} |`;
}
