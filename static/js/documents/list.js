/** The list: pages that follow as one scrolls, rows kept as elements, selection and keys. */
import { ApiError } from "../api.js";
import { byId, h } from "../dom.js";
import { Row } from "./row.js";
import { Selection } from "./selection.js";
import { t } from "../words.js";

export class DocumentList {
  #rows = new Map(); // id -> Row, in the order of the list
  #next = "";
  #loading = null;
  #seen = new Set();

  /** `load(after, signal)` gives {items, next}; `href(id)` the address of a document's details. */
  constructor({ load, href, onopen, onmenu, onselect, ondelete }) {
    Object.assign(this, { load, href, onopen, onmenu, ondelete });
    this.element = byId("documents");
    this.end = byId("documents-end");
    this.selection = new Selection(() => {
      for (const [id, row] of this.#rows) row.selected = this.selection.has(id);
      onselect(this.selection.ids);
    });
    this.#inView = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) this.#seen[isIntersecting ? "add" : "delete"](target.dataset.id);
    });
    new IntersectionObserver(([entry]) => entry.isIntersecting && this.more(), { rootMargin: "600px" }).observe(this.end);
    this.element.addEventListener("click", (event) => this.#clicked(event));
    this.element.addEventListener("keydown", (event) => this.#key(event));
  }

  #inView;

  get empty() {
    return this.#rows.size === 0;
  }

  item(id) {
    return this.#rows.get(id)?.item;
  }

  get ids() {
    return [...this.#rows.keys()];
  }

  /** The one that the panel shows. */
  mark(id) {
    for (const [one, row] of this.#rows) row.element.classList.toggle("open", one === id);
  }

  /** Those in view that are not finished. */
  get unfinished() {
    return [...this.#seen].filter((id) => this.item(id)?.busy).slice(0, 100);
  }

  show({ items, next }) {
    this.#loading?.abort();
    this.#loading = null;
    this.#inView.disconnect();
    this.#seen.clear();
    this.#rows.clear();
    this.element.replaceChildren();
    this.selection.set([]);
    this.#append(items, next);
  }

  /** The first page anew, with what was below it and what was selected left as it is. */
  refresh({ items, next }) {
    const known = this.#rows;
    if (known.size <= items.length) this.#next = next;
    const fresh = items.filter((item) => !known.has(item.id)).map((item) => this.#row(item));
    this.paint(items);
    if (!fresh.length) return;
    this.#rows = new Map([...fresh.map((row) => [row.id, row]), ...known]);
    this.element.prepend(...fresh.map((row) => row.element));
  }

  paint(items) {
    for (const item of items) this.#rows.get(item.id)?.paint(item);
  }

  remove(ids) {
    for (const id of ids) {
      const row = this.#rows.get(id);
      if (!row) continue;
      if (row.element.contains(document.activeElement)) (row.element.nextElementSibling ?? row.element.previousElementSibling)?.querySelector("a")?.focus();
      row.element.remove();
      this.#rows.delete(id);
      this.#seen.delete(id);
      this.selection.drop(id);
    }
  }

  async more() {
    if (!this.#next || this.#loading) return;
    const loading = (this.#loading = new AbortController());
    this.end.classList.add("waiting");
    try {
      const { items, next } = await this.load(this.#next, loading.signal);
      if (!loading.signal.aborted) this.#append(items, next);
    } catch (error) {
      if (error instanceof ApiError) this.#tryAgain(error);
    } finally {
      if (this.#loading === loading) this.#loading = null;
      this.end.classList.remove("waiting");
    }
  }

  #tryAgain(error) {
    const again = h("button", { type: "button", class: "button small", onclick: () => (this.end.replaceChildren(), this.more()) }, t("Try again"));
    this.end.replaceChildren(h("p", { role: "alert" }, error.message, " ", again));
  }

  #append(items, next) {
    this.#next = next;
    const fresh = items.filter((item) => !this.#rows.has(item.id)).map((item) => this.#row(item));
    for (const row of fresh) this.#rows.set(row.id, row);
    this.element.append(...fresh.map((row) => row.element));
    this.end.replaceChildren();
  }

  #row(item) {
    const row = new Row(item, { href: this.href(item.id) });
    this.#inView.observe(row.element);
    return row;
  }

  #clicked(event) {
    const id = event.target.closest(".doc")?.dataset.id;
    if (!id) return;
    const more = event.target.closest("[data-role=more]");
    if (more) return this.onmenu(id, more);
    if (event.target.closest(".doc-pick")) {
      if (event.target.matches("input")) this.selection.toggle(id, { order: this.ids, range: event.shiftKey });
      return;
    }
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    const link = event.target.closest("a");
    if (link && !plain) return;
    event.preventDefault();
    this.onopen(id, this.#rows.get(id).link);
  }

  #key(event) {
    const row = event.target.closest(".doc");
    if (!row || !event.target.matches(".doc-title, .doc-check")) return;
    const { id } = row.dataset;
    const to = { ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling }[event.key];
    if (to) {
      event.preventDefault();
      to.querySelector(".doc-title").focus();
      if (event.shiftKey) this.selection.extend(id, to.dataset.id);
    } else if (event.key === " ") {
      event.preventDefault();
      this.selection.toggle(id, { order: this.ids, range: event.shiftKey });
    } else if (event.key === "Delete") {
      this.ondelete(this.selection.has(id) ? this.selection.ids : [id]);
    } else if (event.key === "a" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.selection.set(this.ids);
    } else if (event.key === "Escape" && this.selection.ids.length) {
      event.preventDefault();
      this.selection.set([]);
    }
  }
}
