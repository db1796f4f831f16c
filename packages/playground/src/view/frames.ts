/** What is drawn at the next frame, once however often it is asked for. A hidden page has no frames: there it is a timer. */
export class Frames {
  readonly #draw: () => void;
  #asked = false;

  constructor(draw: () => void) {
    this.#draw = draw;
    document.addEventListener("visibilitychange", () => {
      // What was asked of a page that is hidden now would wait until it is shown.
      if (this.#asked && document.hidden) this.#now();
    });
  }

  ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    const now = (): void => {
      if (this.#asked) this.#now();
    };
    if (document.hidden) setTimeout(now, 200);
    else requestAnimationFrame(now);
  }

  #now(): void {
    this.#asked = false;
    this.#draw();
  }
}
