import { addressingCases } from "./addressing.ts";
import { answerCases } from "./answering.ts";
import { batchCases } from "./batches.ts";
import { binaryCases } from "./binary.ts";
import { callbackCases } from "./callbacks.ts";
import { checkingCases } from "./checking.ts";
import { connectingCases } from "./connecting.ts";
import { deliveryCases } from "./delivery.ts";
import { endingCases } from "./ending.ts";
import { faultCases } from "./faults.ts";
import { inputCases } from "./inputs.ts";
import { parsingCases } from "./parsing.ts";
import { readerCases } from "./readers.ts";
import { reconnectCases } from "./reconnect.ts";
import { restoringCases } from "./restoring.ts";
import type { ConformanceCase } from "./support.ts";
import { uplinkCases } from "./uplink.ts";

export type { CaseContext, ConformanceCase, Subject, SubjectOptions } from "./support.ts";

const wholeBatchCases = needing("batches", batchCases);

/** PROTOCOL.md §7, §3.2 and §6, case by case. */
export const cases: readonly ConformanceCase[] = [
  ...deliveryCases,
  ...addressingCases,
  ...wholeBatchCases,
  ...parsingCases,
  ...reconnectCases,
  ...endingCases,
  ...needing("inputs", uplinkCases),
  ...inputCases,
  ...faultCases,
  ...needing("storage", restoringCases),
  ...needing("schemas", checkingCases),
  ...callbackCases,
  ...needing("connect", connectingCases),
  ...needing("bytes", binaryCases),
  ...readerCases,
  ...answerCases,
];

function needing(needs: NonNullable<ConformanceCase["needs"]>, group: readonly ConformanceCase[]): readonly ConformanceCase[] {
  return group.map((one) => ({ ...one, needs }));
}

/** Those that end differently where something is on its way at the wrong moment. */
export const casesOfTheLine: ReadonlySet<ConformanceCase> = new Set([
  ...wholeBatchCases,
  ...reconnectCases,
  ...readerCases,
  ...answerCases,
]);
