/** The panel that shows a source: its page or its text, the quote marked, where it comes from, and the way to the next. */
import { getSource } from "./api.js";
import { byId, h, icon } from "./dom.js";
import { fullDate } from "./dates.js";
import { markLines } from "./mark-lines.js";
import { age, place } from "./places.js";
import { ContextView } from "./sources/context-view.js";
import { neighbours } from "./sources/neighbours.js";
import { sourcePictures } from "./sources/pictures.js";
import { t } from "./words.js";

const NARROW = matchMedia("(max-width: 60rem)");

export class SourcePanel {
  #opener = null;
  #loading = null;
  #message = null;
  #source = null;
  #viewer = null;
  #asText = false; // chosen instead of the page, for the sources that follow too

  /** `load(message, number, signal, around)` gets a source; that of a shared conversation is asked for by its link. */
  constructor({ load = getSource } = {}) {
    this.load = load;
    this.panel = byId("source-panel");
    this.title = byId("source-title");
    this.place = byId("source-place");
    this.body = byId("source-body");
    this.foot = byId("source-foot");
    this.scrim = byId("source-scrim");
    this.enlarge = byId("source-enlarge");
    this.views = byId("source-views");
    byId("source-close").addEventListener("click", () => this.close());
    byId("source-previous").addEventListener("click", () => this.step(-1));
    byId("source-next").addEventListener("click", () => this.step(1));
    this.enlarge.addEventListener("click", () => this.#enlarge(!this.enlarged));
    this.views.addEventListener("change", ({ target }) => this.#choose(target.value === "text"));
    this.scrim.addEventListener("click", () => this.close());
    addEventListener("keydown", (event) => this.#key(event));
    NARROW.addEventListener("change", () => this.#modal(!this.panel.hidden));
  }

  get enlarged() {
    return this.panel.classList.contains("enlarged");
  }

  async open(message, number, opener) {
    const moved = !this.panel.hidden;
    this.#loading?.abort();
    this.#loading = new AbortController();
    this.#opener?.classList.remove("current");
    this.#opener = opener;
    this.#message = message;
    opener.classList.add("current");
    byId("source-number").textContent = number;
    this.#clear(t("Opening the source…"));
    this.panel.hidden = false;
    this.#modal(true);
    this.#count(number);
    if (!moved) byId("source-close").focus();
    const { signal } = this.#loading;
    try {
      const source = await this.load(message, number, signal, 1);
      if (!signal.aborted) this.#show(source);
    } catch (error) {
      if (error.name !== "AbortError") this.#explain(error);
    }
  }

  close({ refocus = true } = {}) {
    if (this.panel.hidden) return;
    this.#loading?.abort();
    this.#leave();
    this.#enlarge(false);
    this.panel.hidden = true;
    this.#modal(false);
    this.#opener?.classList.remove("current");
    const opener = this.#opener?.isConnected ? this.#opener : neighbours(this.#message, this.#number).at(0);
    if (refocus) opener?.focus();
    this.#opener = null;
  }

  /** To the source listed before (-1) or after (1) this one. */
  step(by) {
    if (this.panel.hidden) return;
    const next = neighbours(this.#message, this.#number).at(by);
    if (!next) return;
    const folded = next.closest("details");
    if (folded) folded.open = true;
    this.open(this.#message, Number(next.dataset.source), next);
  }

  get #number() {
    return Number(this.#opener.dataset.source);
  }

  #count(number) {
    const { all, index } = neighbours(this.#message, number);
    byId("source-steps").hidden = all.length < 2 || index < 0;
    byId("source-count").textContent = t("{index} of {count}", { index: index + 1, count: all.length });
    byId("source-previous").disabled = index <= 0;
    byId("source-next").disabled = index >= all.length - 1;
  }

  #key(event) {
    if (this.panel.hidden || event.defaultPrevented || event.isComposing) return;
    if (event.key === "Escape") return this.enlarged ? this.#enlarge(false) : this.close();
    if (event.ctrlKey || event.metaKey || event.altKey || !this.panel.contains(event.target) || event.target.matches("input[inputmode]")) return;
    const run = { n: () => this.step(1), p: () => this.step(-1), f: () => this.#enlarge(!this.enlarged) }[event.key];
    if (!run) return;
    event.preventDefault();
    run();
  }

  #enlarge(large) {
    this.panel.classList.toggle("enlarged", large);
    const words = large ? t("Make the source smaller") : t("Enlarge the source");
    this.enlarge.setAttribute("aria-label", words);
    this.enlarge.title = `${words} (F)`;
    this.enlarge.replaceChildren(icon(large ? "shrink" : "expand"));
    if (!this.panel.hidden) this.#modal(true);
  }

  /** On a narrow window, or enlarged, the panel covers the page, which then must not take the focus. */
  #modal(open) {
    const covering = open && (NARROW.matches || this.enlarged);
    this.scrim.hidden = !covering;
    for (const part of [byId("sidebar"), byId("main")]) if (part) part.inert = covering;
  }

  #show(source) {
    this.#source = source;
    this.title.textContent = source.title;
    this.place.textContent = place(source, { withCollection: true });
    this.foot.replaceChildren(...[...markLines(source), sourcePictures(source), ageLine(source), original(source)].filter(Boolean));
    this.views.hidden = !source.view_url;
    this.views.querySelector(`[value=${this.#asText ? "text" : "page"}]`).checked = true;
    this.#draw();
  }

  #choose(asText) {
    this.#asText = asText;
    this.#draw();
  }

  #draw() {
    this.#leave();
    const asPage = this.#source.view_url && !this.#asText;
    this.body.classList.toggle("paged", Boolean(asPage));
    this.body.setAttribute("aria-live", asPage ? "off" : "polite"); // a page is long, and the viewer says what it shows
    if (asPage) this.#showPage(this.#source);
    else this.#showText(this.#source);
  }

  #showText(source, note = "") {
    const { number } = source;
    const message = this.#message;
    const view = new ContextView(source, { more: (around) => this.load(message, number, undefined, around) });
    this.body.classList.remove("paged");
    this.body.replaceChildren(...[note && h("p", { class: "pdf-note" }, note), view.element].filter(Boolean));
    this.#scrollTo(this.body.querySelector("mark"));
  }

  /** The viewer and pdf.js are loaded now and not with the page. */
  async #showPage(source) {
    const current = () => this.#source === source && !this.#asText && !this.panel.hidden;
    this.body.replaceChildren(h("p", { class: "source-wait" }, t("Opening the page…")));
    try {
      const { PdfViewer } = await import("./sources/pdf-viewer.js");
      if (!current()) return;
      const text = new ContextView(source, { more: (around) => this.load(this.#message, source.number, undefined, around) }).element;
      const { quote, before } = source;
      const viewer = new PdfViewer({ url: source.view_url, page: source.page, passage: { quote, before }, text });
      this.#viewer = viewer;
      this.body.replaceChildren(viewer.element);
      await viewer.open();
    } catch (error) {
      if (!current()) return;
      this.#leave();
      if (error.gone) this.#explain({ code: "not_found" });
      else this.#showText(source, `${error.forPeople ? error.message : t("The page could not be drawn.")} ${t("Here is the text of the passage.")}`);
    }
  }

  #leave() {
    this.#viewer?.close();
    this.#viewer = null;
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
    this.#leave();
    this.#source = null;
    this.views.hidden = true;
    this.body.classList.remove("paged");
    for (const part of [this.title, this.place, this.foot]) part.replaceChildren();
    this.body.replaceChildren(h("p", { class: "source-wait" }, words));
  }
}

function ageLine(source) {
  return h("p", { title: fullDate(source.updated) }, age(source));
}

function original(source) {
  if (!source.document_url) return null;
  return h("a", { class: "button small", href: source.document_url, download: "" }, icon("download"), t("Download original"));
}
