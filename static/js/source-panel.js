/** The panel that shows a source: the passage in its context with the quote marked, and where it comes from. */
import { getSource } from "./api.js";
import { byId, h, icon } from "./dom.js";
import { fullDate, relative } from "./dates.js";

const NARROW = matchMedia("(max-width: 60rem)");

export class SourcePanel {
  #opener = null;
  #loading = null;

  constructor() {
    this.panel = byId("source-panel");
    this.body = byId("source-body");
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
    this.body.replaceChildren(h("p", { class: "source-wait" }, "Opening the source…"));
    this.panel.hidden = false;
    this.#modal(true);
    byId("source-close").focus();
    try {
      this.#show(await getSource(message, number, this.#loading.signal));
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
    for (const id of ["sidebar", "main"]) byId(id).inert = covering;
  }

  #show(source) {
    const marked = source.quote ? h("mark", {}, source.quote) : null;
    const text = h("div", { class: "source-text", dir: "auto" }, source.before, marked, source.after);
    this.body.replaceChildren(...[heading(source), details(source), outdated(source), text, original(source)].filter(Boolean));
    marked?.scrollIntoView({ block: "center" });
  }

  #explain(error) {
    const gone = error.code === "not_found" || error.code === "http_404";
    const words = gone ? "This source is no longer available. It was deleted, or you may no longer read it." : error.message;
    this.body.replaceChildren(h("div", { class: "source-gone" }, icon("alert"), h("p", {}, words)));
  }
}

const heading = (source) => h("h3", { class: "source-heading", dir: "auto" }, source.title);

function details(source) {
  const rows = [
    ["Collection", source.collection],
    ["Page", source.page],
    ["Section", source.heading?.join(" › ")],
    ["Added", source.added && h("time", { datetime: source.added, title: fullDate(source.added) }, relative(source.added))],
    ["Version", source.version > 1 && source.version],
  ];
  return h("dl", { class: "source-details" }, rows.filter(([, value]) => value).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

function outdated(source) {
  if (source.current !== false) return null;
  return h("p", { class: "notice" }, icon("info"), h("span", {}, "A newer version of this document has replaced the one quoted here."));
}

function original(source) {
  if (!source.document_url) return null;
  return h("a", { class: "button", href: source.document_url, download: "" }, icon("download"), "Download the original");
}
