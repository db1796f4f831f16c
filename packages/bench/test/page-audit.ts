/** What is measured of a page in its browser; it is sent there, so it can use nothing from outside itself. */
export interface PageAudit {
  readonly overflowPx: number;
  readonly plots: number;
  /** Plots without a name or a description. */
  readonly unnamedPlots: readonly string[];
  /** Headings that are more than one level below the one before. */
  readonly headingSkips: readonly string[];
  /** Links within the page that lead nowhere. */
  readonly brokenLinks: readonly string[];
  readonly unnamedTables: number;
  /** Texts with a contrast below 4.5 : 1 (WCAG 2.2, 1.4.3). */
  readonly faint: readonly string[];
}

export function auditPage(): PageAudit {
  // [WCAG 2.2, "relative luminance" and "contrast ratio"]
  const parse = (colour: string): number[] => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (colour: readonly number[]): number => {
    const [r = 0, g = 0, b = 0] = colour.slice(0, 3).map((byte) => {
      const share = byte / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const backgroundOf = (element: Element | null): number[] => {
    for (let at = element; at !== null; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if ((colour[3] ?? 1) > 0) return colour;
    }
    return [255, 255, 255];
  };
  const faint = new Set<string>();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
    const element = node.parentElement;
    const text = node.textContent?.trim() ?? "";
    if (element === null || text === "" || ["TITLE", "STYLE", "DESC"].includes(element.tagName.toUpperCase())) continue;
    const style = getComputedStyle(element);
    const isSvg = element.namespaceURI === "http://www.w3.org/2000/svg";
    const ink = luminance(parse(isSvg ? style.fill : style.color));
    const paper = luminance(backgroundOf(element));
    const contrast = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    if (contrast < 4.5)
      faint.add(`${element.tagName}.${element.getAttribute("class") ?? ""}: ${contrast.toFixed(2)} (${text.slice(0, 30)})`);
  }
  const headingSkips: string[] = [];
  let level = 0;
  for (const heading of document.querySelectorAll("h1,h2,h3,h4,h5,h6")) {
    const next = Number(heading.tagName.slice(1));
    if (next > level + 1) headingSkips.push(heading.textContent ?? "");
    level = next;
  }
  const plots = [...document.querySelectorAll("svg")];
  return {
    overflowPx: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    plots: plots.length,
    unnamedPlots: plots
      .filter((svg) => {
        const said = ["aria-labelledby", "aria-describedby"].map(
          (name) => document.getElementById(svg.getAttribute(name) ?? "")?.textContent,
        );
        return svg.getAttribute("role") !== "img" || said.some((text) => (text ?? "") === "");
      })
      .map((svg) => svg.outerHTML.slice(0, 80)),
    headingSkips,
    brokenLinks: [...document.querySelectorAll('a[href^="#"]')]
      .map((anchor) => anchor.getAttribute("href") ?? "")
      .filter((href) => document.getElementById(decodeURIComponent(href.slice(1))) === null),
    unnamedTables: [...document.querySelectorAll("table")].filter((table) => (table.caption?.textContent ?? "") === "").length,
    faint: [...faint],
  };
}
