import { describe, expect, it } from "vitest";
import { UsageError } from "../usage/errors.ts";
import { parseOptions } from "./options.ts";
import { scenarioNames } from "../scenarios/index.ts";

describe("the command line", () => {
  it("runs everything, quick, where nothing is said", async () => {
    await expect(parseOptions([])).resolves.toMatchObject({
      command: "run",
      scenarios: scenarioNames,
      depth: "quick",
      out: "bench-results",
      trace: undefined,
      link: undefined,
      handicap: null,
      peers: false,
      port: 0,
    });
    await expect(parseOptions(["run", "--peers"])).resolves.toMatchObject({ peers: true });
  });

  it("takes scenarios, a depth, a seed and the rest", async () => {
    await expect(
      parseOptions(["run", "uplink", "connect", "--standard", "--seed", "7", "--handicap", "ws=2.5", "--json"]),
    ).resolves.toMatchObject({
      scenarios: ["uplink", "connect"],
      depth: "standard",
      seed: 7,
      handicap: { arm: "ws", ms: 2.5 },
      json: true,
    });
    await expect(parseOptions(["run", "--url", "https://a.example"])).resolves.toMatchObject({ url: new URL("https://a.example") });
    await expect(parseOptions(["load", "--rate", "3"])).resolves.toEqual({ command: "load", argv: ["--rate", "3"] });
    await expect(parseOptions(["--help"])).resolves.toEqual({ command: "help" });
    await expect(parseOptions(["report", "a.json", "--out", "b"])).resolves.toMatchObject({ command: "report", file: "a.json", out: "b" });
  });

  it.each([
    [["run", "conect"], /no scenario conect\. Did you mean connect\?/],
    [["run", "everything-at-once"], /There are connect, /],
    [["uplink"], /Did you mean: run uplink\?/],
    [["rnu"], /Did you mean run\?/],
    [["--sed", "1"], /no option --sed\. Did you mean --seed\?/],
    [["--seed", "1.5"], /--seed 1\.5: give a whole number/],
    [["--port", "70000"], /--port 70000/],
    [["--url", "nope"], /--url nope: give an absolute URL/],
    [["--url", "ftp://a.example"], /--url ftp/],
    [["--handicap", "floor=2"], /--handicap floor=2: give an arm/],
    [["--quick", "--full"], /one depth/],
    [["report"], /report needs one file/],
    [["--handicap", "sse=2", "--url", "https://a.example"], /--handicap and --url do not go together: .*embedded/],
    [["--peers", "--url", "https://a.example"], /--peers and --url do not go together: .*embedded/],
    [["--port", "0", "--url", "https://a.example"], /--port and --url do not go together: .*embedded/],
    [["list", "--seed", "1"], /list takes no --seed: it is an option of run\. See .*--help\./],
    [["run", "--anyway"], /run takes no --anyway: it is an option of resume\./],
    [["report", "a.json", "--trace", "b.csv"], /report takes no --trace: it is an option of resume and run\./],
    [["resume", "a.json", "--standard"], /resume takes no --standard: it is an option of run\./],
    [["resume", "a.json", "--out=b"], /resume takes no --out: it is an option of report and run\./],
    [["help", "-y"], /help takes no --yes: it is an option of resume and run\./],
  ])("refuses %j with one line that says what would do", async (argv, message) => {
    await expect(parseOptions(argv)).rejects.toThrow(UsageError);
    await expect(parseOptions(argv)).rejects.toThrow(message);
    await expect(parseOptions(argv)).rejects.not.toThrow(/\n/);
  });
});
