/** A WebSocket without a network, whose server is a test's. It opens a millisecond after it was made, which timers of a test may hold. */
export abstract class ScriptedSocket extends EventTarget implements Partial<WebSocket> {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  readonly protocol = "";
  readonly url: string;
  binaryType: BinaryType = "blob";
  readyState: 0 | 1 | 3 = 0;

  constructor(url: string) {
    super();
    this.url = url;
    setTimeout(() => this.connected(), 1);
  }

  /** Once the server is there: a test's may refuse, or say something behind this. */
  protected connected(): void {
    this.readyState = 1;
    this.dispatchEvent(new Event("open"));
  }

  protected say(data: string): void {
    this.dispatchEvent(new MessageEvent("message", { data }));
  }

  send(_frame: unknown): void {}

  close(): void {
    this.readyState = 3;
  }
}
