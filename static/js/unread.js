/** Answers that nobody has looked at yet: marked in the list and counted in the window's title, on every device alike. */
import { h } from "./dom.js";
import { t } from "./words.js";

export class Unread {
  /** `current()` is the conversation on the page; `seen(id)` tells the server that it is looked at. */
  constructor({ sidebar, current, seen, onchange, onended }) {
    Object.assign(this, { sidebar, current, seen, onchange, onended });
    document.addEventListener("visibilitychange", () => this.look());
  }

  /** An answer has ended somewhere, or its conversation was looked at somewhere. */
  handle({ conversation: id, unread, title, status }) {
    const known = this.sidebar.get(id);
    if (known || title) this.sidebar.put({ ...(known ?? { id, title, updated: new Date().toISOString() }), unread });
    this.look();
    this.onchange();
    if (status) this.onended(id, status);
  }

  /** The answer on this page has ended. */
  ended({ status }) {
    const id = this.current();
    if (status !== "stopped" && this.sidebar.get(id)) this.sidebar.put({ id, unread: true });
    this.look();
  }

  /** What is on a page that is looked at is seen. */
  look() {
    const id = this.current();
    if (document.visibilityState !== "visible" || !id || !this.sidebar.get(id)?.unread) return;
    if (this.seen(id)) this.sidebar.put({ id, unread: false });
  }
}

/** In the list: a dot, and words for those who do not see it. */
export function markUnread(row, unread) {
  row.classList.toggle("unread", Boolean(unread));
  const mark = row.querySelector(".unread-mark");
  if (unread && !mark) row.querySelector("a")?.after(h("span", { class: "unread-mark" }, h("span", { class: "visually-hidden" }, t("New answer"))));
  else if (!unread) mark?.remove();
}
