import { afterEach, expect, it, vi } from "vitest";
import { defaults, newName, promptFor, readSettings, writeSettings, type Settings } from "./settings.ts";

afterEach(() => void vi.unstubAllGlobals());

it("writes what it reads, and nothing of the defaults", () => {
  expect(writeSettings(defaults)).toBe("");
  expect(readSettings("")).toEqual(defaults);
  const settings: Settings = {
    ...defaults,
    url: "https://agent.example/path",
    name: "a~b",
    prompt: "Why & how? 100 %",
    tokensPerSecond: 1_000,
    runs: "each",
    sse: "run-1",
    ws: "run_2",
    of: "sse",
  };
  expect(readSettings(writeSettings(settings))).toEqual(settings);
});

it.each([
  "?url=javascript:alert(1)",
  "?url=nothing",
  "?url=localhost:8787",
  "?url=agent.example",
  "?name=a/b",
  "?pace=fast&words=-4",
  "?sse=<b>&ws=../x",
  "?runs=all",
  "?of=ws",
  "?prompt=",
])("takes the default for what makes no sense: %s", (search) => {
  expect(readSettings(search)).toEqual(defaults);
});

it.each(["runs", "tickets", ".", "..", "a".repeat(129)])("takes no name that the clients refuse: %s", (name) => {
  expect(readSettings(`?name=${name}`).name).toBeUndefined();
});

it("takes no name that is too long once each lane has an agent of its own", () => {
  const name = "a".repeat(128);
  expect(readSettings(`?name=${name}`).name).toBe(name);
  expect(readSettings(`?name=${name}&runs=each`).name).toBeUndefined();
  expect(readSettings(`?name=${name.slice(4)}&runs=each`).name).toBe(name.slice(4));
});

it("keeps numbers within what the model takes", () => {
  expect(readSettings("?pace=5000&words=1")).toMatchObject({ tokensPerSecond: 1_000, words: 50 });
});

it("names an agent that nobody else has, without crypto.randomUUID, which a page over plain HTTP does not have", () => {
  vi.stubGlobal("crypto", { getRandomValues: crypto.getRandomValues.bind(crypto) });
  const names = Array.from({ length: 100 }, newName);
  expect(new Set(names).size).toBe(100);
  expect(readSettings(`?name=${names[0]}`).name).toBe(names[0]);
});

it("tells the scripted model its length and pace, and a real one only the question", () => {
  expect(promptFor(defaults, true)).toBe(`${defaults.prompt}\nWrite 600 words at 50 tokens/s.`);
  expect(promptFor(defaults, false)).toBe(defaults.prompt);
});
