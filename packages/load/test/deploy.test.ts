import { readFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { generatorMetrics, metrics } from "../src/metrics/metric-list.ts";
import { scenarios } from "../src/plan/scenario-list.ts";
import { readFlow } from "../src/script/read-flow.ts";
import { readOptions } from "../src/script/read-options.ts";

const root = join(import.meta.dirname, "..");
const read = (file: string): Promise<string> => readFile(join(root, file), "utf8");
const readme = await read("README.md");

describe("the manifest for Kubernetes", () => {
  it("is a job whose pods run Artillery as the soak does, on a file that is there", async () => {
    const job = parse(await read("deploy/kubernetes.yaml"));
    expect([job.apiVersion, job.kind, job.spec.completionMode, job.spec.completions]).toEqual([
      "batch/v1",
      "Job",
      "Indexed",
      job.spec.parallelism,
    ]);
    const [container] = job.spec.template.spec.containers;
    const [run, file, output, report] = container.args;
    expect([run, output]).toEqual(["run", "--output"]);
    expect(existsSync(join(root, file))).toBe(true);
    const names: string[] = container.env.map(({ name }: { name: string }) => name);
    expect([...report.matchAll(/\$\((\w+)\)/g)].map(([, name]) => name).filter((name) => !names.includes(name!))).toEqual([]);
    // What the file and the engine read.
    expect(names).toEqual(expect.arrayContaining(["AGENT_URL", "AGENT_TOKEN"]));
    const [{ name }] = container.volumeMounts;
    expect(job.spec.template.spec.volumes.map((volume: { name: string }) => volume.name)).toContain(name);
  });

  it("lets each pod end for itself, so that one whose threshold is broken takes no other's report away, and none is tried again", async () => {
    const { spec } = parse(await read("deploy/kubernetes.yaml"));
    // The API takes a limit for each index of an indexed job only, and only where pods do not restart by themselves.
    expect([spec.backoffLimitPerIndex, spec.completionMode, spec.template.spec.restartPolicy]).toEqual([0, "Indexed", "Never"]);
    expect(spec).not.toHaveProperty("backoffLimit");
    expect(spec).not.toHaveProperty("maxFailedIndexes");
    expect(spec.podReplacementPolicy).toBe("Failed");
  });

  it("takes a claim that the README says how to make", async () => {
    const { spec } = parse(await read("deploy/kubernetes.yaml"));
    const { claimName } = spec.template.spec.volumes[0].persistentVolumeClaim;
    expect(readme).toMatch(new RegExp(`\`${claimName}\`[^.]*ReadWriteMany`));
  });

  it("has an image with the Artillery that is pinned here, and the engine with all that it needs of ours", async () => {
    const image = await read("deploy/Dockerfile");
    const pinned = JSON.parse(await read("artillery/package.json")).dependencies.artillery;
    expect(image).toContain(`artillery@${pinned}`);
    const ours = Object.keys(JSON.parse(await read("package.json")).dependencies).filter((name) => name.startsWith("@agent-transports/"));
    for (const name of [...ours.map((one) => one.split("/")[1]), "load"]) expect(image).toContain(`tarballs/${name}.tgz`);
  });
});

describe("the README", () => {
  it("has each metric and each scenario, and no other", () => {
    const rows = (heading: string): string[] => {
      const [, ...table] = readme.split(`\n| ${heading} |`)[1]!.split("\n\n")[0]!.split("\n");
      return table.slice(1).flatMap((row) => [...row.split("|")[1]!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!));
    };
    expect(rows("name").toSorted()).toEqual(Object.keys(metrics).toSorted());
    expect(rows("scenario")).toEqual(Object.keys(scenarios));
    for (const name of Object.keys(generatorMetrics)) expect(readme).toContain(name);
  });

  it("shows a scenario file that the engine takes", () => {
    const [, file = ""] = /^```yaml\n([\s\S]*?)^```$/m.exec(readme) ?? [];
    const { config, scenarios: shown } = parse(file);
    expect(readFlow(shown[0]).steps).toHaveLength(5);
    expect(readOptions({ ...config, target: "http://localhost" }).agents).toBe(20);
  });
});

it("Artillery's lockfile has the version that package.json asks for, and names no registry", async () => {
  const lock = await read("artillery/pnpm-lock.yaml");
  const { artillery } = JSON.parse(await read("artillery/package.json")).dependencies;
  expect(parse(lock).importers["."].dependencies.artillery.specifier).toBe(artillery);
  expect(lock).not.toMatch(/https?:\/\//);
});
