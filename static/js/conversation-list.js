/** The conversations in the sidebar, newest first under Today, Yesterday and Earlier. */
import { listConversations } from "./api.js";
import { byId, h, iconButton } from "./dom.js";
import { dayGroup } from "./dates.js";
import { openMenu } from "./menu.js";
import { editInPlace } from "./rename.js";
import { markUnread } from "./unread.js";
import { t } from "./words.js";

export class ConversationList {
  #items = new Map(); // id -> {id, title, updated}
  #rows = new Map(); // id -> element, kept so that drawing again moves no focus
  #current = null;
  #more;
  #loading = false;

  constructor({ items, more, onrename, onshare, ondelete }) {
    this.element = byId("conversations");
    this.onrename = onrename;
    this.onshare = onshare;
    this.ondelete = ondelete;
    this.#more = more;
    for (const item of items) this.#items.set(item.id, item);
    new IntersectionObserver(([entry]) => entry.isIntersecting && this.#loadMore()).observe(byId("conversations-end"));
    this.#draw();
  }

  get(id) {
    return this.#items.get(id);
  }

  /** How many have an answer that nobody has looked at. */
  get unread() {
    return [...this.#items.values()].filter((item) => item.unread).length;
  }

  set current(id) {
    this.#current = id;
    this.#markCurrent();
  }

  /** A conversation was asked in, named, or seen for the first time. */
  put(item) {
    this.#items.set(item.id, { ...this.#items.get(item.id), ...item });
    this.#draw();
  }

  remove(id) {
    this.#items.delete(id);
    this.#rows.delete(id);
    this.#draw();
  }

  async #loadMore() {
    if (!this.#more || this.#loading) return;
    this.#loading = true;
    try {
      const oldest = [...this.#items.values()].map((item) => item.updated).sort().at(0);
      const { items, more } = await listConversations(oldest);
      for (const item of items) if (!this.#items.has(item.id)) this.#items.set(item.id, item);
      this.#more = more;
      this.#draw();
    } catch {
      // The next time its end comes into view it tries again.
    } finally {
      this.#loading = false;
    }
  }

  #draw() {
    const newest = [...this.#items.values()].sort((a, b) => new Date(b.updated) - new Date(a.updated));
    const groups = group(newest);
    const sections = [...groups].map(([name, items]) => this.#section(name, items));
    if (!sections.length) sections.push(h("p", { class: "conversations-empty" }, t("Your conversations will be listed here.")));
    this.element.replaceChildren(...sections);
    this.#markCurrent();
  }

  #section(name, items) {
    const id = `group-${name.toLowerCase().replaceAll(" ", "-")}`;
    return h("section", { "aria-labelledby": id }, h("h3", { id }, name), h("ul", {}, items.map((item) => this.#row(item))));
  }

  #row(item) {
    const row = this.#rows.get(item.id) ?? this.#newRow(item);
    this.#rows.set(item.id, row);
    const link = row.querySelector("a");
    if (link && link.textContent !== item.title) link.textContent = link.title = item.title;
    row.querySelector("button")?.setAttribute("aria-label", t("Options for {title}", { title: item.title }));
    markUnread(row, item.unread);
    return row;
  }

  #newRow({ id, title }) {
    const row = h("li", { class: "conversation", dataset: { id } });
    const link = h("a", { href: `/chat/${id}/`, "data-conversation": id, dir: "auto", title }, title);
    const options = iconButton("more", t("Options"), { class: "icon-button small", "aria-haspopup": "menu", "aria-expanded": "false" });
    options.addEventListener("click", () =>
      openMenu(options, [
        { label: t("Rename"), icon: "edit", run: () => this.#rename(id, row) },
        { label: t("Share"), icon: "share", run: () => this.onshare(this.#items.get(id), options) },
        { label: t("Save as Markdown"), icon: "download", run: () => location.assign(`/chat/${id}/export.md`) },
        { label: t("Save as JSON"), icon: "download", run: () => location.assign(`/chat/${id}/export.json`) },
        { label: t("Print or save as PDF"), icon: "print", run: () => open(`/chat/${id}/print/`, "_blank", "noopener") },
        { label: t("Delete"), icon: "trash", danger: true, run: () => this.ondelete(this.#items.get(id)) },
      ]),
    );
    row.append(link, options);
    return row;
  }

  #rename(id, row) {
    const { title } = this.#items.get(id);
    editInPlace(row, title, (wanted) => {
      if (wanted && wanted !== title) this.onrename(this.#items.get(id), wanted);
    });
  }

  #markCurrent() {
    for (const [id, row] of this.#rows) {
      const link = row.querySelector("a");
      if (id === this.#current) link?.setAttribute("aria-current", "page");
      else link?.removeAttribute("aria-current");
    }
  }
}

function group(items) {
  const groups = new Map();
  for (const item of items) {
    const name = dayGroup(item.updated);
    groups.set(name, [...(groups.get(name) ?? []), item]);
  }
  return groups;
}
