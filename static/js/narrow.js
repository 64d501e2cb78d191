/** Where to search: chosen collections, documents of chosen days, and as they were on which day. One panel for all. */
import { getChoices } from "./api.js";
import { AsOf } from "./as-of.js";
import { daysInWords } from "./asked-with.js";
import { dayInWords } from "./dates.js";
import { disclosure } from "./disclosure.js";
import { byId, h, icon, iconButton } from "./dom.js";
import { n, t } from "./words.js";

const FILTER_FROM = 9; // collections

export class Narrow {
  #collections = new Map(); // id -> name
  #known = null; // [{id, name, description, documents}]

  constructor({ today, onchange }) {
    this.onchange = onchange;
    this.asOf = new AsOf({ today, onchange: () => this.#changed() });
    this.button = byId("search-in-button");
    this.panel = byId("search-in-panel");
    this.from = byId("dated-from");
    this.until = byId("dated-until");
    this.filter = byId("search-in-filter");
    for (const field of [this.from, this.until]) field.addEventListener("change", () => this.#datesChanged());
    byId("search-in-list").addEventListener("change", (event) => this.#ticked(event.target));
    this.filter.addEventListener("input", () => this.#filterList());
    byId("search-in-all").addEventListener("click", () => (this.clear(), this.#changed(), this.close()));
    byId("search-in-done").addEventListener("click", () => this.#valid() && this.close());
    disclosure(this.button);
    this.button.addEventListener("click", () => !this.panel.hidden && this.#load());
  }

  /** {asOf, within} of a question. */
  get wish() {
    const { value: from } = this.from;
    const { value: until } = this.until;
    const any = this.#collections.size || from || until;
    const within = any ? { collections: [...this.#collections.keys()], dated_from: from || null, dated_until: until || null } : null;
    return { asOf: this.asOf.day, within };
  }

  /** As an earlier question was asked: `collections` are {id, name}; those without a name cannot be read any more. */
  set({ collections = [], dated_from: from, dated_until: until, as_of: day }) {
    this.#collections = new Map(collections.filter(({ name }) => name).map(({ id, name }) => [id, name]));
    this.from.value = from ?? "";
    this.until.value = until ?? "";
    this.asOf.day = day ?? null;
    this.#draw();
  }

  clear() {
    this.set({});
  }

  /** {collections, dated_from, dated_until, as_of}, as `set` takes it. */
  get state() {
    const { asOf, within } = this.wish;
    const collections = [...this.#collections].map(([id, name]) => ({ id, name }));
    return { ...within, collections, as_of: asOf };
  }

  open() {
    if (this.panel.hidden) this.button.click();
  }

  close() {
    this.panel.hidden = true;
    this.button.setAttribute("aria-expanded", "false");
    this.button.focus();
  }

  /** A chosen collection is gone: those that are left stay chosen. */
  async lost() {
    this.#known = null;
    await this.#load();
    const left = new Set((this.#known ?? []).map(({ id }) => id));
    if (this.#known) this.#collections = new Map([...this.#collections].filter(([id]) => left.has(id)));
    this.#changed();
    this.open();
  }

  async #load() {
    this.#drawList();
    try {
      this.#known = (await getChoices()).collections;
    } catch (error) {
      byId("search-in-list").replaceChildren(h("p", { class: "hint", role: "alert" }, error.message));
      return;
    }
    this.#drawList();
  }

  #ticked(box) {
    const { id, name } = this.#known.find((each) => each.id === box.value);
    if (box.checked) this.#collections.set(id, name);
    else this.#collections.delete(id);
    this.#changed();
  }

  #datesChanged() {
    const swapped = this.from.value && this.until.value && this.from.value > this.until.value;
    this.until.setCustomValidity(swapped ? t("The last day is before the first one.") : "");
    if (swapped) this.until.reportValidity();
    else this.#changed();
  }

  #valid() {
    return [this.from, this.until, this.asOf.field].every((field) => field.reportValidity());
  }

  #changed() {
    this.#draw();
    this.onchange();
  }

  #draw() {
    const { asOf, within } = this.wish;
    const narrowed = Boolean(asOf || within);
    byId("search-in-words").textContent = narrowed ? t("Narrowed") : t("All documents");
    this.button.classList.toggle("on", narrowed);
    const chips = [...this.#collections].map(([id, name]) => chip("documents", name, () => this.#collections.delete(id)));
    const days = daysInWords({ dated_from: this.from.value, dated_until: this.until.value });
    if (days) chips.push(chip("calendar", days, () => (this.from.value = this.until.value = "")));
    if (asOf) chips.push(chip("calendar", t("As of {day}", { day: dayInWords(asOf) }), () => (this.asOf.day = null)));
    const list = byId("search-in-chips");
    list.replaceChildren(...chips.map(([element, remove]) => this.#removable(element, remove)));
    list.hidden = !chips.length;
    for (const box of byId("search-in-list").querySelectorAll("input")) box.checked = this.#collections.has(box.value);
  }

  #removable(element, remove) {
    element.lastElementChild.addEventListener("click", () => {
      remove();
      this.until.setCustomValidity("");
      this.#changed();
      byId("question").focus();
    });
    return element;
  }

  #drawList() {
    const list = byId("search-in-list");
    if (!this.#known) return list.childElementCount || list.replaceChildren(h("p", { class: "hint" }, t("Loading…")));
    list.replaceChildren(...this.#known.map((each) => this.#option(each)));
    if (!this.#known.length) list.replaceChildren(h("p", { class: "hint" }, t("There are no collections that you may read yet.")));
    this.filter.hidden = this.#known.length < FILTER_FROM;
    this.#filterList();
  }

  #option({ id, name, description, documents }) {
    return h(
      "label",
      { class: "search-in-option", title: description || null },
      h("input", { type: "checkbox", value: id, checked: this.#collections.has(id) }),
      h("bdi", {}, name),
      h("span", { class: "count" }, n("{count} document", "{count} documents", documents)),
    );
  }

  #filterList() {
    const wanted = this.filter.hidden ? "" : this.filter.value.trim().toLocaleLowerCase();
    for (const label of byId("search-in-list").querySelectorAll("label")) {
      label.hidden = !label.querySelector("bdi").textContent.toLocaleLowerCase().includes(wanted);
    }
  }
}

function chip(name, words, remove) {
  const label = t("Remove: {what}", { what: words });
  return [h("li", { class: "chip" }, icon(name), h("bdi", {}, words), iconButton("close", label, { class: "icon-button small" })), remove];
}
