/** Looks how far files are, as long as one of them is being read. */
import { getAttachments } from "../api.js";

const SOON = 700;
const LATER = 2_500;
const OFTEN = 10;

export class Watch {
  #timer = null;
  #looks = 0;

  /** `ids()` are those that are being read; `onitems` gets them as they are now. */
  constructor({ ids, onitems }) {
    Object.assign(this, { ids, onitems });
  }

  start() {
    if (this.#timer) return;
    this.#looks = 0;
    this.#later();
  }

  #later() {
    this.#timer = setTimeout(() => this.#look(), this.#looks++ < OFTEN ? SOON : LATER);
  }

  async #look() {
    const ids = this.ids();
    if (ids.length) this.onitems(await getAttachments(ids).catch(() => []));
    this.#timer = null;
    if (this.ids().length) this.#later();
  }
}
