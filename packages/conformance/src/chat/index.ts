import { binaryChatCases } from "./binary.ts";
import { connectionCases } from "./connection.ts";
import { resumingCases } from "./resuming.ts";
import { sendingCases } from "./sending.ts";
import { stoppingCases } from "./stopping.ts";
import type { ChatCase } from "./support.ts";

export type { ChatCase, ChatSubject } from "./support.ts";

export const chatCases: readonly ChatCase[] = [...sendingCases, ...stoppingCases, ...resumingCases, ...connectionCases, ...binaryChatCases];
