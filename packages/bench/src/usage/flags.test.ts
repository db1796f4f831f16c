import { describe, expect, it } from "vitest";
import { UsageError } from "./errors.ts";
import { decimalFlag, readCommandLine, switchFlag, textFlag, textsFlag, urlFlag, wholeFlag, wholesFlag, type Flag } from "./flags.ts";

const rate = decimalFlag("rate", { from: 0.5, to: 10 }, 1);
const duration = decimalFlag("duration", { from: 1, to: 60 }, 15, "s");
const agents = wholeFlag("agents", { from: 1, to: 9 }, 2);
const seed = wholeFlag("seed", { from: 0, to: 9 });
const groups = wholesFlag("groups", { from: 1, to: 99 }, [5, 10]);
const out = textFlag("out", "here");
const metric = textsFlag("metric");
const url = urlFlag("url");
const json = switchFlag("json", "j");
const all: readonly Flag<unknown>[] = [rate, duration, agents, seed, groups, out, metric, url, json];

const read = (...argv: readonly string[]): ReturnType<typeof readCommandLine> => readCommandLine(argv, all, "load --help");

describe("a command line", () => {
  it("uses defaults for missing options", () => {
    const line = read();
    expect([line.words, line.value(rate), line.value(duration), line.value(agents), line.value(seed)]).toEqual([[], 1, 15, 2, undefined]);
    expect([line.value(groups), line.value(out), line.value(metric), line.value(url), line.value(json)]).toEqual([
      [5, 10],
      "here",
      [],
      undefined,
      false,
    ]);
  });

  it("has the given options, the last of a repeated flag, and the positional words", () => {
    const line = read("a", "--rate", "2.5", "--duration=20s", "--seed", "0", "b", "--seed=7", "--groups", "1,2", "-j");
    expect([line.words, line.value(rate), line.value(duration), line.value(seed)]).toEqual([["a", "b"], 2.5, 20, 7]);
    expect([line.value(groups), line.value(json)]).toEqual([[1, 2], true]);
    expect(line.given.map(({ name }) => name)).toEqual(["rate", "duration", "seed", "groups", "json"]);
    expect(read("--metric", "x", "--metric", "y").value(metric)).toEqual(["x", "y"]);
    expect(read("--url", "https://a.example").value(url)).toEqual(new URL("https://a.example"));
  });

  it.each<[string, Flag<unknown>, string]>([
    ["--rate=0x10", rate, "--rate 0x10: give a number from 0.5 to 10."],
    ["--rate=10.1", rate, "--rate 10.1: give a number from 0.5 to 10."],
    ["--duration=1m", duration, "--duration 1m: give a number from 1 to 60."],
    ["--agents=1.5", agents, "--agents 1.5: give a whole number from 1 to 9."],
    ["--groups=5,", groups, "--groups : give a whole number from 1 to 99."],
    ["--url=ftp://a", url, "--url ftp://a: give an absolute URL, as in https://my-agent.example.workers.dev"],
  ])("refuses %s, and says what the flag accepts", (argument, flag, message) => {
    expect(() => read(argument).value(flag)).toThrow(new UsageError(message));
  });

  it("names the nearest flag for an unknown one, or the command's help", () => {
    expect(() => read("--rat", "1")).toThrow("There is no option --rat. Did you mean --rate?");
    expect(() => read("--nothing-like-it")).toThrow("There is no option --nothing-like-it. See load --help.");
    expect(() => read("--rate")).toThrow(/^Option '--rate <value>' argument missing. See load --help\.$/);
  });
});
