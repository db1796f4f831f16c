export { startProxy, type Direction, type FaultProxy, type Latency, type ProxyConnection, type ProxyFault } from "./proxy.ts";
