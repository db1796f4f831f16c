export { refusalOfNetwork, type NetworkMissing, type NetworkRefusal } from "./allowed.ts";
export { NetworkError, type NetworkErrorCode } from "./errors.ts";
export type { TcpConnection } from "./kernel/connections.ts";
export type { DeviceCounters } from "./kernel/device.ts";
export type { Direction, DirectionCounters, Lateness } from "./kernel/messages.ts";
export type { PacketCounts } from "./kernel/packet-counts.ts";
export * from "./link/index.ts";
export { nats, type NatName, type NatOptions, type NatProfile, type Refusal, type Unmapped } from "./nat/index.ts";
export {
  openNetwork,
  type BlackoutOptions,
  type CountersOfBoth,
  type Network,
  type NetworkCounters,
  type NetworkOptions,
} from "./network.ts";
export { sideConnections, type SideConnections } from "./side-connections.ts";
export type { Side, SideOptions, SideSettings } from "./side.ts";
