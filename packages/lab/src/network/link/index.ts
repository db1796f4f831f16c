export type { BlackoutKind, BlackoutSchedule, Window } from "./blackouts.ts";
export { LinkError, type LinkErrorCode } from "./errors.ts";
export { LinkQueue, type DropReason, type PathCounters, type Transit } from "./link.ts";
export { bursts, lossShare, rayleighFades, type BurstLoss, type FadeLoss, type IndependentLoss, type Loss } from "./loss.ts";
export { checkPath, type Jitter, type Link, type LinkPath } from "./path.ts";
export { profiles, type LinkProfile, type ProfileName } from "./profiles.ts";
export { recordedLink, type RecordedLinkOptions } from "./recording.ts";
export { parseTrace, readTrace, summaryOf, type Trace, type TraceSummary } from "./trace.ts";
