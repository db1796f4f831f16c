import { createRoot, type Root } from "react-dom/client";

/** What React looks for in a page, where nothing is drawn: a component that gives no element needs no more of one. */
class BareElement {
  readonly nodeType = 1;
  readonly nodeName = "DIV";
  readonly tagName = "DIV";
  readonly namespaceURI = "http://www.w3.org/1999/xhtml";
  readonly ownerDocument: object = {
    nodeType: 9,
    nodeName: "#document",
    activeElement: null,
    defaultView: bareWindow,
    addEventListener: nothing,
    removeEventListener: nothing,
  };
  readonly addEventListener = nothing;
  readonly removeEventListener = nothing;
  textContent = "";
}

/** Nothing is one. */
// oxlint-disable-next-line typescript/no-extraneous-class -- it stands on the right of `instanceof`
class NoFrame {}

/** React asks the window for the event that it is in, and whether an element is a frame. */
const bareWindow = { event: undefined, HTMLIFrameElement: NoFrame, addEventListener: nothing, removeEventListener: nothing };

function nothing(): void {}

/**
 * A root of React's in Node, for hooks: effects and state are React's own, and nothing is drawn.
 *
 * React's renderer for the DOM reads a global `window`, which is defined from the first root on.
 */
export function bareRoot(): Root {
  if (!("window" in globalThis)) Object.defineProperty(globalThis, "window", { value: bareWindow, configurable: true });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a whole element is what a browser has
  return createRoot(new BareElement() as unknown as Element);
}
