/** An element of the document, of the kind that is expected there. @throws Error where the document has none */
export function find<Kind extends Element>(selector: string, kind: new () => Kind, within: ParentNode = document): Kind {
  const found = within.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`The page has no ${selector}.`);
  return found;
}

export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Partial<HTMLElementTagNameMap[Name]> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

/** Writes only what differs: a reader of screens, and the layout, are left alone otherwise. */
export function write(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** A value of a `dl`, which is made where it is not there. */
export function figure(list: HTMLDListElement, label: string): (value: string, kind?: "good" | "bad" | "") => void {
  const value = make("dd", {}, "–");
  list.append(make("div", {}, make("dt", {}, label), value));
  return (text, kind = "") => {
    write(value, text);
    if (value.className !== kind) value.className = kind;
  };
}

export function milliseconds(value: number | undefined): string {
  if (value === undefined) return "–";
  return value < 1_000 ? `${Math.round(value)} ms` : `${(value / 1_000).toFixed(value < 10_000 ? 2 : 1)} s`;
}

export function bytes(value: number): string {
  return value < 1_000 ? `${value} B` : `${(value / 1_000).toFixed(value < 100_000 ? 1 : 0)} kB`;
}
