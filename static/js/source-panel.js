/** The panel that shows a source: the passage in its context with the quote marked, and where it comes from. */
import { getSource } from "./api.js";
import { byId, h, icon } from "./dom.js";
import { fullDate } from "./dates.js";
import { markLines } from "./mark-lines.js";
import { age, place } from "./places.js";
import { sourceText } from "./source-text.js";
import { t } from "./words.js";

const NARROW = matchMedia("(max-width: 60rem)");

export class SourcePanel {
  #opener = null;
  #loading = null;

  /** `load(message, number, signal)` gets a source; that of a shared conversation is asked for by its link. */
  constructor({ load = getSource } = {}) {
    this.load = load;
    this.panel = byId("source-panel");
    this.title = byId("source-title");
    this.place = byId("source-place");
    this.body = byId("source-body");
    this.foot = byId("source-foot");
    this.scrim = byId("source-scrim");
    byId("source-close").addEventListener("click", () => this.close());
    this.scrim.addEventListener("click", () => this.close());
    addEventListener("keydown", (event) => event.key === "Escape" && !event.defaultPrevented && this.close());
    NARROW.addEventListener("change", () => this.#modal(!this.panel.hidden));
  }

  async open(message, number, opener) {
    this.#loading?.abort();
    this.#loading = new AbortController();
    this.#opener?.classList.remove("current");
    this.#opener = opener;
    opener.classList.add("current");
    byId("source-number").textContent = number;
    this.#clear(t("Opening the source…"));
    this.panel.hidden = false;
    this.#modal(true);
    byId("source-close").focus();
    try {
      this.#show(await this.load(message, number, this.#loading.signal));
    } catch (error) {
      if (error.name !== "AbortError") this.#explain(error);
    }
  }

  close({ refocus = true } = {}) {
    if (this.panel.hidden) return;
    this.#loading?.abort();
    this.panel.hidden = true;
    this.#modal(false);
    this.#opener?.classList.remove("current");
    if (refocus && this.#opener?.isConnected) this.#opener.focus();
    this.#opener = null;
  }

  /** On a narrow window the panel covers the page, which then must not take the focus. */
  #modal(open) {
    const covering = open && NARROW.matches;
    this.scrim.hidden = !covering;
    for (const part of [byId("sidebar"), byId("main")]) if (part) part.inert = covering;
  }

  #show(source) {
    this.title.textContent = source.title;
    this.place.textContent = place(source, { withCollection: true });
    this.body.replaceChildren(sourceText(source));
    this.foot.replaceChildren(...[...markLines(source), ageLine(source), atPage(source), original(source)].filter(Boolean));
    this.#scrollTo(this.body.querySelector("mark"));
  }

  /** Not scrollIntoView, which may move the whole page as well. */
  #scrollTo(mark) {
    const above = mark ? mark.getBoundingClientRect().top - this.body.getBoundingClientRect().top : 0;
    this.body.scrollTop += above - this.body.clientHeight / 3;
  }

  #explain(error) {
    const gone = error.code === "not_found" || error.code === "http_404";
    const words = gone ? t("This source is no longer available. It was deleted, or you may no longer read it.") : error.message;
    this.#clear("");
    this.body.replaceChildren(h("div", { class: "source-gone" }, icon("alert"), h("p", {}, words)));
  }

  #clear(words) {
    for (const part of [this.title, this.place, this.foot]) part.replaceChildren();
    this.body.replaceChildren(h("p", { class: "source-wait" }, words));
  }
}

function ageLine(source) {
  return h("p", { title: fullDate(source.updated) }, age(source));
}

function original(source) {
  if (!source.document_url) return null;
  return h("a", { class: "button small", href: source.document_url, download: "" }, icon("download"), t("Download"));
}

/** The browser's own viewer goes to the page that the fragment names (RFC 8118). */
function atPage(source) {
  if (!source.document_url || !source.opens_at_page) return null;
  const href = `${source.document_url}?open=1#page=${Number(source.page)}`;
  return h("a", { class: "button small", href, target: "_blank", rel: "noopener" }, icon("arrow"), t("Open at page {page}", { page: source.page }));
}
