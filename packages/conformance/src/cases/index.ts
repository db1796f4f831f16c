import { binaryCases } from "./binary.ts";
import { checkingCases } from "./checking.ts";
import { deliveryCases } from "./delivery.ts";
import { endingCases } from "./ending.ts";
import { reconnectCases } from "./reconnect.ts";
import { restoringCases } from "./restoring.ts";
import type { ConformanceCase } from "./support.ts";
import { uplinkCases } from "./uplink.ts";

export type { CaseContext, ConformanceCase, Subject } from "./support.ts";

/** PROTOCOL.md §7 and §6, case by case. */
export const cases: readonly ConformanceCase[] = [
  ...deliveryCases,
  ...reconnectCases,
  ...endingCases,
  ...uplinkCases,
  ...restoringCases,
  ...checkingCases,
  ...binaryCases,
];
