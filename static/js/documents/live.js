/**
 * Keeps what is seen up to date: the unfinished rows in view and how many documents are in which state. Asks every two
 * seconds while something is being read, less and less often when nothing is, and not at all while nobody looks.
 */
const QUICK = 2_000;
const SLOWEST = 30_000;

export class Live {
  #timer = null;
  #pause = QUICK;

  /** `ask()` gives whether something is unfinished; null when the server cannot be asked. */
  constructor(ask) {
    this.ask = ask;
    document.addEventListener("visibilitychange", () => this.soon());
  }

  /** Something has changed here: look at once. */
  soon() {
    clearTimeout(this.#timer);
    this.#pause = QUICK;
    if (!document.hidden) this.#round();
  }

  async #round() {
    const round = (this.round = {});
    const unfinished = await this.ask();
    if (round !== this.round) return; // another one has begun meanwhile
    this.#pause = unfinished ? QUICK : Math.min(SLOWEST, this.#pause * 2);
    clearTimeout(this.#timer);
    if (!document.hidden) this.#timer = setTimeout(() => this.#round(), this.#pause);
  }
}
