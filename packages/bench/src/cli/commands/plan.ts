import { z } from "zod";
import { publishedPrices } from "../../cost/prices.ts";
import { markdownTable, terminalTables } from "../../rounds/print.ts";
import { prepareFile, writeWhole } from "../../results/store.ts";
import { scalePicture } from "../../scale-measurements/scale-picture.ts";
import { layersFor, readersAtMost, simulateFanOut, type ReaderCost } from "../../scale-measurements/fan-out.ts";
import { quantile } from "../../stats/index.ts";
import { RefusedError, UsageError } from "../../usage/errors.ts";
import { decimalFlag, helpFlag, readCommandLine, switchFlag, textFlag, wholeFlag } from "../../usage/flags.ts";
import { checked, readJson } from "../../usage/json-file.ts";

const ISOLATE_MB = 128;
/** Of what the largest number of readers took that is not more than this: a whole core's worth is not the cost of one. */
const FROM_READERS = 1_000;

const help = `npx -y pnpm@12 bench plan: how many objects so many readers take on Cloudflare, from what bench scale measured. Nothing of it was deployed.

It takes each reader's memory and CPU from scale.json, and fills objects until memory or the thread is used up. Where one object does not carry
the readers of an answer, a layer of objects reads it and serves them. Then it simulates how late an event is, and says what the objects cost.

  --scale FILE        what bench scale has left (default reports/scale/scale.json)
  --readers N         readers at the same time (default 1000000)
  --memory MB         what readers may take of an isolate's ${ISOLATE_MB} MB (default 64)
  --share N           of an object's thread that its readers may keep busy, in % (default 50)
  --events N          writes to each reader a second (default 8, as at the level window)
  --hop MS            from one object to another (default 20)
  --markdown          the tables in Markdown
  --picture FILE.svg  also draws what bench scale measured`;

const flags = {
  scale: textFlag("scale", "reports/scale/scale.json"),
  readers: wholeFlag("readers", { from: 1, to: 1_000_000_000 }, 1_000_000),
  memory: decimalFlag("memory", { from: 1, to: ISOLATE_MB }, 64, "MB"),
  share: wholeFlag("share", { from: 1, to: 100 }, 50),
  events: decimalFlag("events", { from: 0.01, to: 1_000 }, 8),
  hop: decimalFlag("hop", { from: 0, to: 10_000 }, 20, "ms"),
  markdown: switchFlag("markdown"),
  picture: textFlag("picture"),
};

const scaleFile = z.object({
  startedAt: z.string(),
  environment: z.object({ cores: z.number(), cpuModel: z.string() }),
  samples: z.array(
    z.object({
      test: z.string(),
      arm: z.string(),
      count: z.number(),
      latencyMs: z.object({ p50: z.number(), p99: z.number() }),
      cpuMs: z.number(),
      events: z.number(),
      memoryBytes: z.number(),
    }),
  ),
});

const arms = [
  { id: "sse", label: "SSE" },
  { id: "ws", label: "WebSocket" },
  { id: "ws-deflate", label: "WebSocket, permessage-deflate" },
] as const;

/** @returns the exit code */
export async function planCommand(argv: readonly string[]): Promise<number> {
  const line = readCommandLine(argv, [...Object.values(flags), helpFlag], "plan --help");
  if (line.value(helpFlag)) {
    console.log(help);
    return 0;
  }
  if (line.words.length > 0) throw new UsageError(`plan takes no ${line.words[0]}. See plan --help.`);
  const file = line.value(flags.scale);
  const readers = line.value(flags.readers);
  const bounds = { bytes: line.value(flags.memory) * 1e6, share: line.value(flags.share) / 100, eventsPerSecond: line.value(flags.events) };
  const hopMs = line.value(flags.hop);
  const markdown = line.value(flags.markdown);
  const picture = line.value(flags.picture);
  const { samples, startedAt, environment } = checked(file, scaleFile, await readJson(file));
  if (picture !== undefined) await prepareFile(picture, "--picture");
  const rows = arms.flatMap(({ id: arm, label }) => {
    const cost = costOf(samples.filter((one) => one.arm === arm && one.test.startsWith("readers-")));
    if (cost === undefined) return [];
    const { byMemory, byCpu } = readersAtMost(cost, bounds);
    const perObject = Math.min(byMemory, byCpu);
    if (!(perObject >= 2 && cost.bytes > 0))
      throw new UsageError(
        `Over ${label}, an object would carry ${Math.max(perObject, 0)} readers: none can serve others. Give it more --memory or --share, or fewer --events.`,
      );
    const layers = layersFor(readers, perObject);
    const objects = layers.reduce((sum, count) => sum + count, 0);
    const late = simulateFanOut({ layers, readers, eventMs: cost.eventMs, everyMs: 1_000 / bounds.eventsPerSecond, hopMs, events: 200 });
    const { objectGb, objectGbSeconds } = publishedPrices;
    const hourUsd = (objects * objectGb * 3_600 * objectGbSeconds.usd) / objectGbSeconds.per;
    return [
      [
        label,
        (cost.bytes / 1_024).toFixed(0),
        (cost.eventMs * 1_000).toFixed(0),
        byMemory.toLocaleString("en-US"),
        byCpu.toLocaleString("en-US"),
        layers.map((count) => count.toLocaleString("en-US")).join(" → "),
        late.p50.toFixed(0),
        late.p99.toFixed(0),
        hourUsd.toFixed(2),
      ],
    ];
  });
  if (rows.length === 0) throw new RefusedError("other-schema", `${file} has no readers of one answer: run bench scale readers.`);
  if (picture !== undefined) {
    const measured = `Measured on ${startedAt.slice(0, 10)}, on ${environment.cores} cores of ${environment.cpuModel}.`;
    await writeWhole(picture, scalePicture(samples, arms, measured));
  }
  const title = `${readers.toLocaleString("en-US")} readers of one answer`;
  const head = [
    "KiB a reader",
    "CPU µs/event",
    "readers an object: by memory",
    "by its thread",
    "objects by layer",
    "late, ms: p50",
    "p99",
    "$ an hour, objects",
  ];
  console.log(markdown ? markdownTable(title, head, rows) : terminalTables([{ id: "plan", title, head, rows }]));
  return 0;
}

type Sample = z.infer<typeof scaleFile>["samples"][number];

/** The medians of what one reader took. */
function costOf(samples: readonly Sample[]): ReaderCost | undefined {
  const counts = samples.map(({ count }) => count).filter((count) => count <= FROM_READERS);
  const of = samples.filter(({ count }) => count === Math.max(...counts));
  if (of.length === 0) return undefined;
  return {
    bytes: quantile(
      of.map(({ memoryBytes }) => memoryBytes),
      0.5,
    ),
    eventMs: quantile(
      of.map(({ cpuMs, events }) => cpuMs / events),
      0.5,
    ),
  };
}
