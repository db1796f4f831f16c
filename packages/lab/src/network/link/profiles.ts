import { rayleighFades } from "./loss.ts";
import type { Link, LinkPath } from "./path.ts";

/** A link as data, with where its numbers are from. A number that nobody measured says so. */
export interface LinkProfile extends Link {
  readonly name: string;
  readonly source: string;
}

/**
 * WebPageTest's presets of connections, with which pages have been measured for years: `www/settings/connectivity.ini.sample` of
 * catchpoint/WebPageTest (LTE: of its older versions). They give rates and a round trip, and no queue.
 */
const WEB_PAGE_TEST = "WebPageTest's preset";

/** A common rule for a queue: what the link carries in a round trip of 100 ms (Appenzeller et al., "Sizing Router Buffers", SIGCOMM 2004). */
const BUFFER_MS = 100;
/**
 * A cell's queue of each user is much longer, so that losses are rare and delays are long (Jiang et al., "Tackling Bufferbloat in 3G/4G
 * Networks", IMC 2012).
 */
const CELL_BUFFER_MS = 1_000;

/** Two directions of one round trip. */
function access(downBits: number, upBits: number, roundTripMs: number, bufferMs: number): Link {
  const path = (bitsPerSecond: number): LinkPath => ({
    delayMs: roundTripMs / 2,
    capacity: { bitsPerSecond },
    queueBytes: Math.round((bitsPerSecond / 8_000) * bufferMs),
  });
  return { down: path(downBits), up: path(upBits) };
}

function both(link: Link, more: Partial<LinkPath>): Link {
  return { down: { ...link.down, ...more }, up: { ...link.up, ...more } };
}

const lte = access(12_000_000, 12_000_000, 70, CELL_BUFFER_MS);

/** Lost in one direction where Wi-Fi is bad: an assumption, as the profile's source says. */
const WIFI_LOSS = 0.02;
const WALK_METRES_PER_SECOND = 1;
const WIFI_HERTZ = 2.4e9;
const wifiFades = rayleighFades(WIFI_LOSS, WALK_METRES_PER_SECOND, WIFI_HERTZ);

/** F. Charette, "Tool: AWS region to region latency calculator" (2021), https://fed135.medium.com/tool-aws-region-to-region-latency-calculator-4a5a92d52286. */
const OCEAN_ROUND_TRIP_MS = 78.75;

export type ProfileName = "loopback" | "fibre" | "continent" | "wifi-lossy" | "lte" | "slow-3g" | "train-with-tunnels";

export const profiles: Readonly<Record<ProfileName, LinkProfile>> = {
  loopback: {
    name: "loopback",
    source: "no delay, no loss, no limit: what the instrument itself costs",
    down: { delayMs: 0 },
    up: { delayMs: 0 },
  },
  fibre: {
    name: "fibre",
    source: `${WEB_PAGE_TEST} FIOS: 20/5 Mbit/s, 4 ms; the queue is ${BUFFER_MS} ms, by rule of thumb`,
    ...access(20_000_000, 5_000_000, 4, BUFFER_MS),
  },
  continent: {
    name: "continent",
    source: `${OCEAN_ROUND_TRIP_MS} ms between AWS's eu-west-1 and ca-central-1, measured by F. Charette in 2021; rates and queue of fibre`,
    ...access(20_000_000, 5_000_000, OCEAN_ROUND_TRIP_MS, BUFFER_MS),
  },
  "wifi-lossy": {
    name: "wifi-lossy",
    source: `20/5 Mbit/s, 24 ms; nothing arrives in ${WIFI_LOSS * 100} % of the time, in fades of ${wifiFades.meanMs.toFixed(1)} ms on average: Rayleigh's at ${WIFI_HERTZ / 1e9} GHz and ${WALK_METRES_PER_SECOND} m/s (Rappaport); adds up to 10 ms; rates, share and jitter are assumed`,
    ...both(access(20_000_000, 5_000_000, 24, BUFFER_MS), {
      loss: wifiFades,
      jitter: { upToMs: 10, inOrder: true },
    }),
  },
  lte: {
    name: "lte",
    source: `${WEB_PAGE_TEST} LTE: 12/12 Mbit/s, 70 ms; the queue is ${CELL_BUFFER_MS} ms, assumed from what Jiang et al. (IMC 2012) saw`,
    ...lte,
  },
  "slow-3g": {
    name: "slow-3g",
    source: `${WEB_PAGE_TEST} 3GSlow: 780/330 kbit/s, 200 ms; the queue is ${CELL_BUFFER_MS} ms, assumed from what Jiang et al. (IMC 2012) saw`,
    ...access(780_000, 330_000, 200, CELL_BUFFER_MS),
  },
  "train-with-tunnels": {
    name: "train-with-tunnels",
    source: "lte with tunnels of 110 m, 560 m and 2.2 km every five minutes, at 200 km/h: arithmetic, not a measurement",
    ...both(lte, {
      blackouts: {
        packets: "dropped",
        windows: [
          { fromMs: 20_000, toMs: 22_000 },
          { fromMs: 60_000, toMs: 70_000 },
          { fromMs: 150_000, toMs: 190_000 },
        ],
        everyMs: 300_000,
      },
    }),
  },
};
