/**
 * The one socket of this tab: opens it, keeps it alive, opens it again. It knows nothing of conversations.
 * States: "connecting", "open", "lost" (trying again), "signed-out" (for good, until the page is loaded anew).
 */
import { backoff } from "./backoff.js";
import { SIGNED_OUT, decode, ping } from "./protocol.js";

const PING_EVERY = 25_000;
const PONG_WITHIN = 8_000;
const OPEN_WITHIN = 10_000; // longer, and the way there swallows what is sent

export class Connection {
  #socket = null;
  #attempt = 0;
  #timer = null;
  #pinging = null;
  #ponging = null;
  #opening = null;

  constructor(url, { onframe, onstate, stillSignedIn }) {
    this.url = url;
    this.onframe = onframe;
    this.onstate = onstate;
    this.stillSignedIn = stillSignedIn;
    this.state = "connecting";
  }

  start() {
    addEventListener("online", () => this.#hurry());
    addEventListener("offline", () => this.#drop());
    addEventListener("pageshow", (event) => event.persisted && this.#awake());
    document.addEventListener("resume", () => this.#awake());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.#awake());
    this.#open();
  }

  /** Whether the frame left; what did not is the outbox's business. A ping goes with it: a dead line shows soon. */
  send(frame) {
    if (this.state !== "open") return false;
    this.#socket.send(JSON.stringify(frame));
    this.#ping();
    return true;
  }

  /** For good. */
  stop() {
    const socket = this.#socket;
    this.#closed(SIGNED_OUT);
    clearTimeout(this.#timer);
    socket?.close();
  }

  #open() {
    clearTimeout(this.#timer);
    const socket = new WebSocket(this.url);
    this.#socket = socket;
    this.#opening = setTimeout(() => this.#drop(), OPEN_WITHIN);
    // An old socket's late events must not disturb its successor.
    const current = (handler) => (event) => socket === this.#socket && handler(event);
    socket.addEventListener("open", current(() => this.#opened()));
    socket.addEventListener("message", current((event) => this.#received(event.data)));
    socket.addEventListener("close", current((event) => this.#closed(event.code)));
  }

  #opened() {
    clearTimeout(this.#opening);
    this.#setState("open");
    this.#pinging = setInterval(() => this.#ping(), PING_EVERY);
  }

  #received(data) {
    const frame = decode(data);
    if (!frame) return;
    this.#attempt = 0;
    clearTimeout(this.#ponging);
    this.#ponging = null;
    if (frame.type !== "pong") this.onframe(frame);
  }

  #closed(code) {
    clearTimeout(this.#opening);
    clearInterval(this.#pinging);
    clearTimeout(this.#ponging);
    this.#ponging = null;
    this.#socket = null;
    if (code === SIGNED_OUT) return this.#setState("signed-out");
    this.#setState("lost");
    this.#attempt += 1;
    // A refused handshake looks like a lost network, so now and then the session itself is asked after.
    if (this.#attempt % 4 === 0) this.#askSession();
    this.#timer = setTimeout(() => this.#open(), backoff(this.#attempt - 1));
  }

  async #askSession() {
    if (!(await this.stillSignedIn())) this.stop();
  }

  #ping() {
    if (this.state !== "open" || this.#ponging) return;
    this.#socket.send(JSON.stringify(ping()));
    this.#ponging = setTimeout(() => this.#drop(), PONG_WITHIN);
  }

  /** Gives up a socket that may be dead without knowing it. */
  #drop() {
    const socket = this.#socket;
    if (!socket) return;
    this.#closed(1006);
    socket.close();
  }

  /** After sleep the socket may be dead without knowing it. */
  #awake() {
    this.state === "open" ? this.#ping() : this.#hurry();
  }

  #hurry() {
    if (this.state !== "lost" || this.#socket) return;
    this.#attempt = 0;
    this.#open();
  }

  #setState(state) {
    if (state === this.state) return;
    this.state = state;
    this.onstate(state);
  }
}
