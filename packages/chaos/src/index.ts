export { check } from "./history/check.ts";
export type { Expected, History, Seen, SentInput, View, ViewEnd } from "./history/history.ts";
export type { Ledger } from "./history/ledger.ts";
export { VIOLATIONS, type Violation, type ViolationKind } from "./history/violations.ts";
