export { checkNat, type NatOptions, type Refusal, type Unmapped } from "./nat.ts";
export { nats, type NatName, type NatProfile } from "./profiles.ts";
export { Translator, type Passage } from "./translator.ts";
