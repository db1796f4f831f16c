import { figureTable, type Figure, type FigureTable } from "../rounds/figures.ts";
import { socketTests, type SocketSample } from "./socket-tests.ts";

type SocketFigure = Figure<SocketSample>;

/** Whose versions a table hangs on. */
export const measuredPackages = ["workerd", "miniflare", "agents"] as const;

const KIB = 1024;

const MEMORY: readonly SocketFigure[] = [
  { head: "KiB idle", of: ({ memory }) => (memory?.idleBytes ?? Number.NaN) / KIB, digits: 0, compared: false },
  { head: "KiB after an answer", of: ({ memory }) => (memory?.usedBytes ?? Number.NaN) / KIB, digits: 0, compared: true },
];
const ANSWER: readonly SocketFigure[] = [
  { head: "kB down", of: ({ answer }) => (answer?.bytes ?? Number.NaN) / 1_000, digits: 1, compared: true },
  { head: "CPU ms", of: ({ answer }) => answer?.cpuMs ?? Number.NaN, digits: 1, compared: true },
  { head: "kB of its replay", of: ({ replay }) => (replay?.bytes ?? Number.NaN) / 1_000, digits: 1, compared: true },
  { head: "CPU ms of its replay", of: ({ replay }) => replay?.cpuMs ?? Number.NaN, digits: 2, compared: true },
];

/** Of each test that has samples: figures over the rounds, and their ratios to the socket that is not compressed. */
export function socketFigures(samples: readonly SocketSample[]): FigureTable[] {
  return socketTests.flatMap((test) => figureTable(test, samples, test.id === "memory" ? MEMORY : ANSWER, ["off"]) ?? []);
}
