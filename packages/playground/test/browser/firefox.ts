import { BidiError, type Firefox, launchFirefox, type FirefoxTab } from "@agent-transports/lab/browser";
import { firefox as tool } from "@agent-transports/lab/tools";
import { Asked, PLAIN_HOST, VIEWPORT, type BrowserKind, type Key, type OpenPage, type Page } from "./page.ts";

const DARK = 0;
/** It resolves to this machine. */
const NAMES = { "network.dns.localDomains": PLAIN_HOST };

export const firefox: BrowserKind = {
  name: "Firefox",
  tool,
  tellsLongTasks: false,
  // Six, and three for what is urgent.
  connections: 9,
  keepsConnectedPages: false,
  async launch() {
    const browser = await launchFirefox(NAMES);
    let dark: Promise<Firefox> | undefined;
    return {
      async open({ viewport = VIEWPORT, colorScheme = "light" } = {}) {
        // ESR 153 knows no command for it (`emulation.setMediaFeaturesOverride`): it is a preference of all its windows.
        if (colorScheme === "dark") dark ??= launchFirefox({ ...NAMES, "layout.css.prefers-color-scheme.content-override": DARK });
        const tab = await (colorScheme === "dark" && dark !== undefined ? await dark : browser).open();
        await tab.setViewport(viewport);
        return opened(tab);
      },
      async close() {
        await Promise.all([browser.close(), dark?.then((browser) => browser.close())]);
      },
    };
  },
};

function opened(tab: FirefoxTab): OpenPage {
  const page = new FirefoxPage(tab);
  const asked = new Asked();
  tab.onRequest(({ url }) => asked.take(url));
  return {
    page,
    faults: tab.faults,
    origins: asked.origins,
    paths: asked.paths,
    beside: async () => opened(await tab.beside()),
    async download(selector) {
      const [file] = await Promise.all([tab.downloaded(), page.click(selector)]);
      return file;
    },
    setOffline: (offline) => tab.setOffline(offline),
    refuse: (answer) =>
      tab.intercept((request) => {
        const refusal = answer(request);
        if (refusal === undefined) return undefined;
        return { status: refusal.status, headers: { "Content-Type": "application/json" }, body: JSON.stringify(refusal.json) };
      }),
    close: () => tab.close(),
  };
}

/** As long as Playwright waits. */
const LIMIT_MS = 30_000;
const PERIOD_MS = 50;
const CLICK_LIMIT_MS = 2_000;

/** https://www.w3.org/TR/webdriver/#keyboard-actions */
const KEYS: Readonly<Record<Key, string>> = { Enter: "\uE007", Tab: "\uE004", Space: " ", Home: "\uE011", End: "\uE010" };
const DELETE = "\uE017";

/** Playwright's words for what BiDi does. */
class FirefoxPage implements Page {
  readonly #tab: FirefoxTab;
  readonly keyboard: Page["keyboard"] = { press: (key) => this.#tab.type(KEYS[key]) };

  constructor(tab: FirefoxTab) {
    this.#tab = tab;
  }

  goto(url: string): Promise<void> {
    return this.#tab.goto(url);
  }

  reload(): Promise<void> {
    return this.#tab.reload();
  }

  goBack(): Promise<void> {
    return this.#tab.goBack();
  }

  addInitScript(script: () => void): Promise<void> {
    return this.#tab.addInitScript(String(script));
  }

  async evaluate<Value>(what: string | ((arg: never) => Value | Promise<Value>), arg?: unknown): Promise<Value> {
    const expression = typeof what === "string" ? what : `(${String(what)})(${JSON.stringify(arg) ?? ""})`;
    return (await this.#tab.evaluate(expression)) as Value;
  }

  async waitForFunction(ready: (arg: never) => unknown, arg?: unknown): Promise<void> {
    await this.#until(String(ready), async () => Boolean(await this.evaluate(ready, arg)));
  }

  async waitForSelector(selector: string, { timeout } = { timeout: LIMIT_MS }): Promise<void> {
    await this.#until(`${selector} is seen`, () => this.#evaluateIn(selector, isSeen), timeout);
  }

  async waitForURL(url: RegExp): Promise<void> {
    await this.#until(`the URL is ${String(url)}`, async () => url.test(await this.evaluate(() => location.href)));
  }

  async click(selector: string): Promise<void> {
    await this.#until(`${selector} is clicked on`, async () => {
      const place = await this.#evaluateIn(selector, placeOf);
      if (place === null) return false;
      await this.#tab.click(...place);
      return this.#clickHasMet();
    });
  }

  async fill(selector: string, text: string): Promise<void> {
    await this.#until(`${selector} is filled with ${text}`, () =>
      this.#tab.withFocus(async () => {
        const ready = await this.#evaluateIn(selector, (element) => {
          if (!(element instanceof HTMLInputElement) || element.matches(":disabled") || !element.checkVisibility()) return false;
          element.focus();
          element.select();
          return true;
        });
        if (ready !== true) return false;
        await this.#tab.type(text === "" ? DELETE : text);
        return (await this.#evaluateIn(selector, tellOfChange)) === text;
      }),
    );
  }

  async focus(selector: string): Promise<void> {
    await this.#until(`${selector} has the focus`, () =>
      this.#tab.withFocus(() =>
        this.#evaluateIn(selector, (element) => {
          if (element instanceof HTMLElement) element.focus();
          return element === document.activeElement;
        }),
      ),
    );
  }

  async press(selector: string, key: Key): Promise<void> {
    await this.focus(selector);
    await this.keyboard.press(key);
  }

  async selectOption(selector: string, value: string): Promise<void> {
    await this.#until(`${selector} can be chosen of`, () =>
      this.#evaluateIn(
        selector,
        (element, value) => {
          if (!(element instanceof HTMLSelectElement) || element.disabled) return false;
          element.value = value;
          for (const type of ["input", "change"]) element.dispatchEvent(new Event(type, { bubbles: true }));
          return element.value === value;
        },
        value,
      ),
    );
  }

  setInputFiles(selector: string, file: string): Promise<void> {
    return this.#tab.setFiles(`document.querySelector(${JSON.stringify(selector)})`, [file]);
  }

  textContent(selector: string): Promise<string | null> {
    return this.#read(selector, ({ textContent }) => ({ value: textContent }));
  }

  getAttribute(selector: string, name: string): Promise<string | null> {
    return this.#read(selector, (element, name) => ({ value: element.getAttribute(name) }), name);
  }

  inputValue(selector: string): Promise<string> {
    return this.#read(selector, (element) => ({ value: (element as HTMLInputElement).value }));
  }

  isVisible(selector: string): Promise<boolean> {
    return this.#evaluateIn(selector, isSeen).then(Boolean);
  }

  isEnabled(selector: string): Promise<boolean> {
    return this.#read(selector, (element) => ({ value: !element.matches(":disabled") }));
  }

  isDisabled(selector: string): Promise<boolean> {
    return this.#read(selector, (element) => ({ value: element.matches(":disabled") }));
  }

  /** Waits for the element. */
  async #read<Value>(selector: string, read: (element: Element, arg: string) => { value: Value }, arg?: string): Promise<Value> {
    const { value } = await this.#until(`${selector} is there`, () => this.#evaluateIn(selector, read, arg));
    return value;
  }

  /** Of an element that is there; otherwise `null`. */
  #evaluateIn<Value>(
    selector: string,
    read: (element: Element, arg: string) => Value | Promise<Value>,
    arg?: string,
  ): Promise<Value | null> {
    const element = `document.querySelector(${JSON.stringify(selector)})`;
    return this.evaluate(`((element) => element && (${String(read)})(element, ${JSON.stringify(arg)}))(${element})`);
  }

  /** The page is told of a click a little later. Whether the click met what it was for; it may also have led to another document. */
  async #clickHasMet(): Promise<boolean> {
    for (const giveUpAt = performance.now() + CLICK_LIMIT_MS; performance.now() < giveUpAt;) {
      try {
        const state = await this.evaluate<"pending" | "missed" | "met" | undefined>("globalThis.clickState");
        if (state !== "pending") return state !== "missed";
      } catch (error) {
        if (error instanceof BidiError) return true;
        throw error;
      }
    }
    return false;
  }

  /** Asks again and again. A document that goes away is followed by another one, and what the page throws is thrown. */
  async #until<Value>(what: string, look: () => Promise<Value>, limitMs = LIMIT_MS): Promise<NonNullable<Value>> {
    let cause: unknown;
    for (const giveUpAt = performance.now() + limitMs; performance.now() < giveUpAt;) {
      try {
        const value = await look();
        if (value !== null && value !== undefined && value !== false) return value;
      } catch (error) {
        if (!(error instanceof BidiError)) throw error;
        cause = error;
      }
      await new Promise((resolve) => setTimeout(resolve, PERIOD_MS));
    }
    throw new Error(`Not within ${limitMs / 1_000} s: ${what}`, { cause });
  }
}

/** In the page. */
function isSeen(element: Element): boolean {
  const { width, height } = element.getBoundingClientRect();
  return width > 0 && height > 0 && element.checkVisibility({ visibilityProperty: true });
}

/** In the page: a field whose document has no focus does not tell of its change when it is left. */
function tellOfChange(field: Element): string {
  if (!document.hasFocus()) field.dispatchEvent(new Event("change", { bubbles: true }));
  return (field as HTMLInputElement).value;
}

/** In the page: where a click meets the element, once nothing covers, moves or disables it. Should it move until then, nobody is told of that click. */
async function placeOf(element: Element): Promise<[x: number, y: number] | null> {
  if (element.matches(":disabled") || !element.checkVisibility({ visibilityProperty: true })) return null;
  element.scrollIntoView({ block: "nearest" });
  const before = element.getBoundingClientRect();
  await new Promise((resolve) => requestAnimationFrame(resolve));
  const { left, top, width, height } = element.getBoundingClientRect();
  if (width === 0 || height === 0 || left !== before.left || top !== before.top) return null;
  const [x, y] = [left + width / 2, top + height / 2];
  const hit = document.elementFromPoint(x, y);
  if (hit === null || !element.contains(hit)) return null;
  let missed: boolean | undefined;
  const types = ["pointerdown", "mousedown", "pointerup", "mouseup", "click"];
  const guard = (event: Event): void => {
    missed ??= !event.composedPath().includes(element);
    if (missed) {
      event.stopImmediatePropagation();
      event.preventDefault();
    }
    if (event.type !== "click") return;
    Object.assign(globalThis, { clickState: missed ? "missed" : "met" });
    for (const type of types) removeEventListener(type, guard, true);
  };
  Object.assign(globalThis, { clickState: "pending" });
  for (const type of types) addEventListener(type, guard, true);
  return [x, y];
}
