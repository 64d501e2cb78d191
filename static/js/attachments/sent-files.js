/** The files of a question that was asked, under its words. */
import { h } from "../dom.js";
import { t } from "../words.js";
import { fileChip } from "./file-chip.js";
import { Watch } from "./watch.js";

export class SentFiles {
  #items;
  #watch;

  constructor(items) {
    this.#items = items;
    this.element = h("ul", { class: "file-chips sent", "aria-label": t("Files") });
    this.#watch = new Watch({ ids: () => this.#busy.map(({ id }) => id), onitems: (fresh) => this.#update(fresh) });
    this.#draw();
    if (this.busy) this.#watch.start();
  }

  get busy() {
    return this.#busy.length > 0;
  }

  get #busy() {
    return this.#items.filter((item) => item.busy && item.id);
  }

  #update(fresh) {
    const byId = new Map(fresh.map((item) => [item.id, item]));
    this.#items = this.#items.map((item) => byId.get(item.id) ?? item);
    this.#draw();
  }

  #draw() {
    this.element.replaceChildren(...this.#items.map((item) => fileChip(item)));
  }
}
