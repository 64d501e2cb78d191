/** The conversations in the sidebar: those of one view (all, the archive, or one tag's), page by page, under headings. */
import { byId, h, icon } from "./dom.js";
import { openMenu } from "./menu.js";
import { listPage } from "./rail/api.js";
import { grouped } from "./rail/groups.js";
import { markAssistant } from "./assistant-mark.js";
import { fillRow, newRow } from "./rail/row.js";
import { editInPlace } from "./rename.js";
import { markUnread } from "./unread.js";
import { t } from "./words.js";

export class ConversationList {
  #items = new Map(); // id -> {id, title, updated, pinned, archived, tags}
  #rows = new Map(); // id -> element, kept so that drawing again moves no focus
  #view = { archived: false, tag: null };
  #tags = [];
  #current = null;
  #cursor = "";
  #more = false;
  #loading = null;

  /** `entries(item, row, button)` gives the menu of a conversation; `onrename(item, title)`. */
  constructor({ items, more, entries, onrename, onview }) {
    this.element = byId("conversations");
    this.end = byId("conversations-end");
    Object.assign(this, { entries, onrename, onview });
    this.observer = new IntersectionObserver(([entry]) => entry.isIntersecting && this.#loadMore());
    this.observer.observe(this.end);
    this.#take(items, more);
    this.#draw();
  }

  get(id) {
    return this.#items.get(id);
  }

  /** How many have an answer that nobody has looked at. */
  get unread() {
    return [...this.#items.values()].filter((item) => item.unread).length;
  }

  /** In the order in which they are shown. */
  get items() {
    return grouped(this.#items.values()).flatMap(([, items]) => items);
  }

  get view() {
    return this.#view;
  }

  set current(id) {
    this.#current = id;
    this.#markCurrent();
  }

  set tags(tags) {
    this.#tags = tags;
    this.#draw();
  }

  /** A conversation was asked in, named, or seen for the first time. What does not belong into the view leaves it. */
  put(item) {
    const whole = { ...this.#items.get(item.id), ...item };
    if (!whole.updated) return; // only its title is told, and it is not listed here
    if (this.#belongs(whole)) this.#items.set(item.id, whole);
    else this.#items.delete(item.id);
    this.#draw();
  }

  remove(id) {
    this.#items.delete(id);
    this.#draw();
  }

  /** Show another view from its beginning. */
  async show(view) {
    this.#view = { ...this.#view, ...view };
    this.onview(this.#view);
    this.#items.clear();
    this.#more = true;
    this.#cursor = "";
    this.#loading = null;
    this.#draw();
    await this.#loadMore();
  }

  /** The conversation after (1) or before (-1) the one that is open. */
  neighbour(step) {
    const { items } = this;
    const at = items.findIndex((item) => item.id === this.#current);
    return at < 0 ? items.at(step > 0 ? 0 : -1) : items[at + step];
  }

  rename(id) {
    const row = this.#rows.get(id);
    if (!row?.isConnected) return false;
    const { title } = this.#items.get(id);
    editInPlace(row, title, (wanted) => {
      if (wanted && wanted !== title) this.onrename(this.#items.get(id), wanted);
    });
    return true;
  }

  #belongs({ archived, tags }) {
    return Boolean(archived) === this.#view.archived && (!this.#view.tag || Boolean(tags?.includes(this.#view.tag)));
  }

  #take(items, more) {
    for (const item of items) this.#items.set(item.id, item);
    this.#cursor = items.filter((item) => !item.pinned).at(-1)?.updated ?? this.#cursor;
    this.#more = more;
  }

  async #loadMore() {
    if (!this.#more || this.#loading) return;
    const loading = (this.#loading = {});
    this.#say(h("p", { class: "list-wait" }, t("Loading…")));
    try {
      const { items, more } = await listPage(this.#view, this.#cursor);
      if (loading !== this.#loading) return;
      this.#take(items, more);
      this.#draw();
      this.#say();
      this.observer.unobserve(this.end); // so that it tells again if the end is still in view
      this.observer.observe(this.end);
    } catch (error) {
      if (loading !== this.#loading) return;
      const again = h("button", { type: "button", class: "button small", onclick: () => this.#loadMore() }, t("Try again"));
      this.#say(h("p", { class: "conversations-empty", role: "alert" }, error.message), again);
    } finally {
      if (loading === this.#loading) this.#loading = null;
    }
  }

  #say(...elements) {
    this.end.replaceChildren(...elements);
  }

  #draw() {
    const focused = this.element.contains(document.activeElement) ? document.activeElement : null;
    const before = [...this.element.querySelectorAll(".conversation")];
    const groups = grouped(this.#items.values());
    const sections = groups.map(([name, items], number) => this.#section(name, items, number));
    if (this.#view.archived) sections.unshift(this.#archiveHead());
    if (!groups.length && !this.#more) sections.push(h("p", { class: "conversations-empty" }, this.#nothing()));
    this.element.replaceChildren(...sections);
    for (const id of this.#rows.keys()) if (!this.#items.has(id)) this.#rows.delete(id);
    this.#markCurrent();
    if (focused) this.#refocus(focused, before);
  }

  /** Rows that move lose the focus; beside one that has gone it goes to the next. */
  #refocus(focused, before) {
    if (focused.isConnected) return focused.focus({ preventScroll: true });
    const at = before.findIndex((row) => row.contains(focused));
    const next = [...before.slice(at + 1), ...before.slice(0, Math.max(at, 0)).reverse()].find((row) => row.isConnected);
    (next?.querySelector("a") ?? byId("new-chat")).focus({ preventScroll: true });
  }

  #nothing() {
    if (this.#view.tag) return t("No conversation has this tag here.");
    if (this.#view.archived) return t("Nothing is archived. What you archive stays searchable and comes back when you ask in it.");
    return t("Your conversations will be listed here.");
  }

  #archiveHead() {
    return h(
      "div",
      { class: "archive-head" },
      h("button", { type: "button", class: "icon-button small", "aria-label": t("Back to all conversations"), title: t("Back to all conversations"), onclick: () => this.show({ archived: false }) }, icon("back")),
      h("h2", {}, t("Archived")),
    );
  }

  #section(name, items, number) {
    const id = `conversations-${number}`;
    return h("section", { "aria-labelledby": id }, h("h3", { id }, name), h("ul", {}, items.map((item) => this.#row(item))));
  }

  #row(item) {
    const { id } = item;
    const row = this.#rows.get(id) ?? newRow(item, (button) => openMenu(button, this.entries(this.#items.get(id), button)));
    this.#rows.set(id, row);
    fillRow(row, item, this.#tags.filter((tag) => item.tags?.includes(tag.id)));
    markUnread(row, item.unread);
    markAssistant(row, item.assistant);
    return row;
  }

  #markCurrent() {
    for (const [id, row] of this.#rows) {
      const link = row.querySelector("a");
      if (id === this.#current) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  }
}
