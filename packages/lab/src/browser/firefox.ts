import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { endProcess } from "../end-process.ts";
import { spawnEndingWithUs } from "../spawn-ending-with-us.ts";
import { firefoxPath } from "../tools.ts";
import { BidiSession } from "./bidi.ts";
import { FirefoxTab, type Windows } from "./firefox-tab.ts";

/** A machine that is busy starts it in some seconds. */
const START_LIMIT_MS = 50_000;
/** One that has not ended by then hangs. */
const END_LIMIT_MS = 20_000;

const EVENTS = ["log.entryAdded", "network.beforeRequestSent", "browsingContext.downloadEnd"];

/** A Firefox as Debian ships it. It ends with this process at the latest. */
export interface Firefox {
  /** A tab that shares no connection and no storage with others, except those that it opens beside itself. */
  open(): Promise<FirefoxTab>;
  /** Ends Firefox. */
  close(): Promise<void>;
}

/**
 * By WebDriver BiDi itself: Playwright 1.65 asks for a command (`emulation.setMediaFeaturesOverride`) that Firefox ESR 153 does not know.
 *
 * @param preferences of about:config, for what no command sets
 * @param endLimitMs it is killed where it has not ended by itself within this time
 * @throws Error where it does not start
 */
export async function launchFirefox(
  preferences: Readonly<Record<string, number | string>> = {},
  endLimitMs: number = END_LIMIT_MS,
): Promise<Firefox> {
  const profile = await mkdtemp(join(tmpdir(), "firefox-"));
  const lines = Object.entries(preferences).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`);
  await writeFile(join(profile, "user.js"), lines.join(""));
  const args = ["--headless", "--remote-debugging-port=0", "--no-remote", "--profile", profile];
  const program = spawnEndingWithUs(firefoxPath(), args, { MOZ_CRASHREPORTER_DISABLE: "1" });
  const end = async (): Promise<void> => {
    await endProcess(program, endLimitMs);
    // A process of it may still write there.
    await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  try {
    const url = await new Promise<string>((resolve, reject) => {
      let last = "";
      createInterface(program.stderr).on("line", (line) => {
        last = line;
        const found = /WebDriver BiDi listening on (ws:\S+)/.exec(line)?.[1];
        if (found !== undefined) resolve(`${found}/session`);
      });
      program.once("error", reject).once("close", (code, signal) => reject(new Error(`Firefox ended with ${signal ?? code}: ${last}`)));
      setTimeout(() => reject(new Error(`Firefox did not start within ${START_LIMIT_MS / 1_000} s.`)), START_LIMIT_MS).unref();
    });
    const session = await BidiSession.open(url);
    await session.send("session.new", { capabilities: {} });
    await session.send("session.subscribe", { events: EVENTS });
    await session.send("browser.setDownloadBehavior", { downloadBehavior: { type: "allowed", destinationFolder: profile } });
    const windows: Windows = { free: Promise.resolve() };
    return {
      async open() {
        const { userContext } = await session.send("browser.createUserContext", {});
        return FirefoxTab.open(session, windows, String(userContext));
      },
      async close() {
        session.close();
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}
