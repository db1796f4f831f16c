/** How the kernels of both sides do TCP while a block lasts, and what its connections really had. */
import type { Network, Side, TcpConnection } from "@agent-transports/lab/network";

export interface TcpOptions {
  /** In segments. Default: Linux's own, of 10. */
  readonly initialWindow?: number;
  /** Default: the network's own. */
  readonly congestionControl?: string;
}

type ControlledSide = Pick<Side, "name" | "settings" | "setInitialWindow" | "setCongestionControl" | "connections">;

export interface TcpControl {
  /**
   * By side and congestion control, how many connections that were made meanwhile are open now, by the kernel's own word: `farTcpBbr`. HTTP/3 has none.
   *
   * @param usesTcp whether the block's application speaks with its edge over TCP
   * @throws Error where one has another control than was asked for, or a side has none to tell by
   */
  readonly inForce: (usesTcp: boolean) => Record<string, number>;
  /** For the connections of the next block. */
  readonly reset: () => void;
}

/** For connections that are made from now on, until it is reset. Where nothing is asked for, nothing is changed. */
export function controlTcp(
  { near, far }: Readonly<Record<keyof Pick<Network, "near" | "far">, ControlledSide>>,
  { initialWindow, congestionControl }: TcpOptions,
): TcpControl {
  const sides = [near, far].map((side) => ({
    side,
    usual: side.settings().congestionControl,
    older: new Set(side.connections().map(endsOf)),
  }));
  for (const { side } of sides) {
    if (initialWindow !== undefined) side.setInitialWindow(initialWindow);
    if (congestionControl !== undefined) side.setCongestionControl(congestionControl);
  }
  const windowMeanwhile = far.settings().initialWindow;
  return {
    inForce(usesTcp) {
      const counts: Record<string, number> = { initialWindow: windowMeanwhile };
      for (const { side, older } of sides) {
        // One of an earlier block, whose end has not come through, has what it was made with.
        const made = side.connections().filter((one) => !older.has(endsOf(one)));
        if (congestionControl !== undefined && usesTcp && made.length === 0)
          throw new Error(`No connection of TCP is open on the ${side.name} side, to tell whether ${congestionControl} controls it.`);
        for (const { congestionControl: inForce } of made) {
          if (congestionControl !== undefined && inForce !== congestionControl)
            throw new Error(`TCP was to be controlled by ${congestionControl} on both sides, and the ${side.name} one has ${inForce}.`);
          const name = `${side.name}Tcp${inForce.charAt(0).toUpperCase()}${inForce.slice(1)}`;
          counts[name] = (counts[name] ?? 0) + 1;
        }
      }
      return counts;
    },
    reset() {
      for (const { side, usual } of sides) {
        if (initialWindow !== undefined) side.setInitialWindow(null);
        if (congestionControl !== undefined) side.setCongestionControl(usual);
      }
    },
  };
}

function endsOf({ local, peer }: TcpConnection): string {
  return `${local} ${peer}`;
}
