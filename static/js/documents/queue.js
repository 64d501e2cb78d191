/**
 * Files on their way to the server, a few at a time. What the network loses goes to the front again after a pause; what
 * the server refused stays refused until somebody retries it; what it took is never sent again.
 */
export const PARALLEL = 3;
const PER_FILE = 64 * 1024; // a small file takes its time too

export class UploadQueue {
  #waiting = [];
  #sending = new Set();
  #counts = { sent: 0, duplicate: 0, refused: 0 };
  #work = { all: 0, done: 0 };
  #began = null;
  #failures = 0;

  /** `send(entry, onbytes)` gives {state: "sent" | "duplicate" | "refused", …}, or throws what `isPassing` knows. */
  constructor({ send, isPassing, pause, wait, now, onchange, onsettle }) {
    Object.assign(this, { send, isPassing, pause, wait, now, onchange, onsettle });
    this.refused = [];
    this.total = 0;
    this.left = 0; // system files that were left out
    this.blocked = false; // signed out: nothing goes on before somebody signs in
    this.offline = false; // the server was out of reach: goes on by itself after a pause
  }

  add(entries) {
    if (this.idle) this.#reset();
    for (const entry of entries) {
      entry.state = "waiting";
      entry.bytes = 0;
      this.#work.all += entry.file.size + PER_FILE;
    }
    this.total += entries.length;
    this.#waiting.push(...entries);
    this.#pump();
  }

  /** Refused before it was sent. */
  refuse(entry, text) {
    this.total += 1;
    this.#refuse(entry, { text, retry: false });
  }

  retry(entry) {
    this.#forget(entry);
    this.#waiting.push(entry);
    entry.state = "waiting";
    this.#work.all += entry.file.size + PER_FILE;
    this.#pump();
  }

  retryAll() {
    for (const entry of this.refused.filter(({ retryable }) => retryable)) this.retry(entry);
  }

  /** Leaves out what has not been sent yet; what is being sent ends. */
  stop() {
    this.total -= this.#waiting.length;
    for (const entry of this.#waiting) this.#work.all -= entry.file.size + PER_FILE;
    this.#waiting = [];
    this.onchange();
  }

  /** Forgets what is over. */
  clear() {
    this.refused = [];
    this.#reset();
    this.onchange();
  }

  resume() {
    this.blocked = false;
    this.#pump();
  }

  get sending() {
    return [...this.#sending];
  }

  get waiting() {
    return this.#waiting.length;
  }

  get counts() {
    return this.#counts;
  }

  get idle() {
    return !this.#waiting.length && !this.#sending.size;
  }

  get fraction() {
    const underway = this.sending.reduce((sum, { bytes }) => sum + bytes, 0);
    return this.#work.all ? Math.min(1, (this.#work.done + underway) / this.#work.all) : 0;
  }

  /** Null until enough was sent to tell. */
  get secondsLeft() {
    const took = this.#began === null ? 0 : (this.now() - this.#began) / 1000;
    return this.idle || took < 3 || this.fraction < 0.01 ? null : (took * (1 - this.fraction)) / this.fraction;
  }

  #reset() {
    this.#counts = { sent: 0, duplicate: 0, refused: this.refused.length };
    this.#work = { all: 0, done: 0 };
    this.total = this.refused.length;
    this.left = 0;
    this.#began = null;
  }

  #pump() {
    while (!this.blocked && !this.offline && this.#waiting.length && this.#sending.size < PARALLEL) this.#start(this.#waiting.shift());
    this.onchange();
  }

  async #start(entry) {
    this.#began ??= this.now();
    this.#sending.add(entry);
    entry.state = "sending";
    try {
      this.#settle(entry, await this.send(entry, (bytes) => ((entry.bytes = bytes), this.onchange())));
      this.#failures = 0;
    } catch (error) {
      this.#again(entry, error);
    }
    this.#pump();
  }

  #settle(entry, answer) {
    this.#sending.delete(entry);
    entry.bytes = 0;
    this.#work.done += entry.file.size + PER_FILE;
    if (answer.state === "refused") return this.#refuse(entry, answer);
    entry.state = answer.state;
    this.#counts[answer.state] += 1;
    this.onsettle(entry, answer);
  }

  #refuse(entry, { text, retry }) {
    Object.assign(entry, { state: "refused", reason: text, retryable: retry });
    this.#counts.refused += 1;
    this.refused.push(entry);
    this.onchange();
  }

  #forget(entry) {
    this.refused = this.refused.filter((one) => one !== entry);
    this.#counts.refused -= 1;
  }

  #again(entry, error) {
    this.#sending.delete(entry);
    entry.bytes = 0;
    if (!this.isPassing(error)) return this.#refuse(entry, { text: error.message, retry: true });
    entry.state = "waiting";
    this.#waiting.unshift(entry);
    if (error.code === "signed_out") this.blocked = true;
    else if (!this.offline) this.#rest();
  }

  async #rest() {
    this.offline = true;
    this.onchange();
    await this.wait(this.pause(this.#failures++));
    this.offline = false;
    this.#pump();
  }
}
