import { describe, expect, it } from "vitest";
import { ChaosUsageError } from "./errors.ts";
import { HELP, readOptions } from "./options.ts";

describe("the options of chaos", () => {
  it("have defaults", () => {
    expect(readOptions([])).toMatchObject({
      seed: 1,
      streams: 1_000,
      kills: 10,
      clocks: 10,
      evictions: 20,
      packets: 40,
      budgetMs: 600_000,
      transports: ["sse", "ws"],
      only: undefined,
    });
  });

  it("are read", () => {
    const argv =
      "--seed 4 --streams 20 --kills 0 --packets 3 --clocks 2 --evictions 3 --budget 90s --transport ws --faults reset,provider,loss --out here --only k3".split(
        " ",
      );
    expect(readOptions(argv)).toMatchObject({
      seed: 4,
      streams: 20,
      kills: 0,
      clocks: 2,
      evictions: 3,
      packets: 3,
      budgetMs: 90_000,
      transports: ["ws"],
      kinds: ["reset", "provider", "loss"],
      out: "here",
      only: "k3",
    });
  });

  it.each<[string, ChaosUsageError["code"], RegExp]>([
    ["--sed 1", "unknown_option", /no option --sed\. See --help/],
    ["loud", "unknown_option", /no command loud/],
    ["--seed", "missing_value", /--seed/],
    ["--streams -1", "missing_value", /--streams/],
    ["--streams 1e3", "invalid_value", /--streams 1e3: give a whole number from 0/],
    ["--budget 10", "invalid_value", /a time such as 90s, 10m or 1h/],
    ["--transport udp", "invalid_value", /give sse, ws or both/],
    ["--faults reset,flood", "unknown_fault", /no fault "flood"\. There are reset, close/],
    ["--streams 0 --kills 0 --packets 0 --clocks 0 --evictions 0", "nothing_to_do", /give one of them more than 0/],
    ["--faults provider", "nothing_to_do", /strikes no stream, and --streams 1000 would never be reached: add another kind/],
    ["--faults provider,clock", "nothing_to_do", /strikes no stream/],
    ["--faults reset --packets 5", "nothing_to_do", /loses no packets.* add one of blackout, address, loss, or give --packets 0/],
    ["--faults loss,clock", "nothing_to_do", /strikes no stream without a link, and --streams 1000 would never be reached/],
    ["--only 17", "unknown_scenario", /such as s17, k3 or n5/],
  ])("refuse %s, and say what would do", (argv, code, message) => {
    let thrown: unknown;
    try {
      readOptions(argv.split(" "));
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ChaosUsageError);
    expect(thrown).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it("allow a provider's faults alone where no stream is to be struck, or one scenario is played again", () => {
    expect(readOptions(["--faults", "provider", "--streams", "0"]).kinds).toEqual(["provider"]);
    expect(readOptions(["--faults", "provider", "--only", "s1"]).only).toBe("s1");
  });

  it("lose no packets where only other faults are asked for, and nothing else where only packets are to be lost", () => {
    expect(readOptions(["--faults", "reset"]).packets).toBe(0);
    expect(readOptions(["--faults", "loss", "--streams", "0"])).toMatchObject({ packets: 40, kinds: ["loss"] });
    expect(readOptions(["--only", "n7"]).only).toBe("n7");
  });

  it("are all in the help, with every kind of fault", () => {
    for (const name of [
      "--seed",
      "--streams",
      "--kills",
      "--clocks",
      "--evictions",
      "--packets",
      "--budget",
      "--transport",
      "--faults",
      "--only",
      "--out",
      "provider",
      "half-open",
      "blackout",
      "pagehide",
      "saveAs",
      "behind",
    ]) {
      expect(HELP).toContain(name);
    }
  });
});
