import { describe, expect, it } from "vitest";
import { compact } from "./compact.ts";

/** The points of a path, from relative steps. */
function pointsOf(d: string): number[][] {
  const [, start = "", steps = ""] = /^M([^l]+)(?:l(.*?))?z?$/.exec(d) ?? [];
  const numbers = (text: string): number[] => (text.match(/-?[\d.]+/g) ?? []).map(Number);
  const all = [...numbers(start), ...numbers(steps)];
  const points: number[][] = [];
  for (let index = 0; index < all.length; index += 2) {
    const [x, y] = points.at(-1) ?? [0, 0];
    points.push([(x ?? 0) + (all[index] ?? 0), (y ?? 0) + (all[index + 1] ?? 0)]);
  }
  return points;
}

const pathOf = (svg: string): string => / d="([^"]*)"/.exec(svg)?.[1] ?? "";

describe("a drawing in few bytes", () => {
  it("leaves out points on the way between two others, and no point that anybody could see", () => {
    const straight = Array.from({ length: 500 }, (_, x) => `${x / 2},${(100 - x / 7).toFixed(3)}`);
    expect(pathOf(compact(`<path d="M${straight.join("L")}" />`))).toBe("M0 100l249.5-71.3");
    const steps = [0, 0, 10, 10, 20, 20].map((y, index) => `${Math.ceil(index / 2) * 10},${y}`).join("L");
    expect(pointsOf(pathOf(compact(`<path d="M${steps}" />`)))).toHaveLength(6);
  });

  it("stays within a fifth of a pixel of each point that it was given, at the end of a long line too", () => {
    const wave = Array.from({ length: 400 }, (_, index) => [index * 1.01, 100 + 60 * Math.sin(index / 20)] as const);
    const drawn = pointsOf(pathOf(compact(`<path d="M${wave.map(([x, y]) => `${x.toFixed(3)},${y.toFixed(3)}`).join("L")}" />`)));
    expect(drawn.length).toBeLessThan(150);
    for (const [x, y] of wave) {
      const after = drawn.findIndex(([at = 0]) => at >= x - 0.1);
      const [x1 = 0, y1 = 0] = drawn[Math.max(0, after - 1)] ?? [];
      const [x2 = 0, y2 = 0] = drawn[after] ?? [];
      const between = x2 === x1 ? y2 : y1 + ((x - x1) / (x2 - x1)) * (y2 - y1);
      // Along the vertical it is more than from the line.
      expect(Math.abs(between - y)).toBeLessThan(0.8);
    }
    expect(drawn.at(-1)?.[0]).toBeCloseTo(399 * 1.01, 1);
  });

  it("makes one path of neighbouring lines that look alike, and rounds what is drawn, but no figure that is read", () => {
    const lines = [10.00001, 20.00002].map((x) => `<line stroke="red" x1="${x}" x2="${x}" y1="5" y2="105.55555"/>`).join("");
    expect(
      compact(
        `<g aria-label="tick" opacity="0.12">${lines}<text y="0.32em" transform="translate(1.23456,-7.98765)">at 0.12345 s</text></g>`,
      ),
    ).toBe(
      '<g opacity="0.12"><path stroke="red" d="M10 5l0 100.6M20 5l0 100.6" /><text y="0.32em" transform="translate(1.2,-8)">at 0.12345 s</text></g>',
    );
  });

  it("keeps curves, and closes areas", () => {
    expect(pathOf(compact('<path d="M0,0C1,1,2,2,3,3" />'))).toBe("M0,0C1,1,2,2,3,3");
    expect(pathOf(compact('<path d="M0,0L10,0L10,10Z" />'))).toBe("M0 0l10 0 0 10z");
  });
});
