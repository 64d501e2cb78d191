/**
 * The pages of a PDF in the source panel, opened at the passage. Loaded when a PDF is first shown.
 * Keys, while the focus is in it: arrows or Page Up and Down for pages, + and - for size, 0 for the width of the panel.
 */
import { h, icon } from "../dom.js";
import { t } from "../words.js";
import { PdfFile } from "./pdf-file.js";
import { PdfPage } from "./pdf-page.js";

const ZOOMS = [1, 1.25, 1.5, 2, 3, 4];
const MARGIN = 24;
const SETTLE = 120;

const tool = (name, label, run) => h("button", { type: "button", class: "icon-button small", "aria-label": label, title: label, onclick: run }, icon(name));

export class PdfViewer {
  #zoom = 0; // index into ZOOMS
  #number = 1;
  #found = { ranges: new Map() };
  #closed = false;
  #sizing = null;
  #width = 0;

  /** `passage` is {quote, before}, `page` the page that it is said to be on, `text` what is shown where it cannot be marked. */
  constructor({ url, page, passage, text }) {
    this.file = new PdfFile(url);
    this.passage = passage;
    this.said = page;
    this.fallback = text;
    this.view = new PdfPage();
    this.note = h("p", { class: "pdf-note", role: "status" }, t("Opening the page…"));
    this.field = h("input", { class: "pdf-number", inputmode: "numeric", "aria-label": t("Page"), size: 4, onchange: () => this.#typed() });
    this.count = h("span", {});
    this.previous = tool("up", t("Previous page"), () => this.go(this.#number - 1));
    this.next = tool("down", t("Next page"), () => this.go(this.#number + 1));
    this.smaller = tool("minus", t("Smaller"), () => this.zoom(this.#zoom - 1));
    this.larger = tool("plus", t("Larger"), () => this.zoom(this.#zoom + 1));
    this.back = h("button", { type: "button", class: "button small", hidden: true, onclick: () => this.go(this.#found.number, { toMark: true }) }, t("To the passage"));
    this.bar = h(
      "div",
      { class: "pdf-bar", role: "group", "aria-label": t("Pages") },
      this.previous,
      h("span", { class: "pdf-where" }, this.field, this.count),
      this.next,
      this.back,
      h("span", { class: "pdf-zoom" }, this.smaller, this.larger),
    );
    this.scroller = h("div", { class: "pdf-scroll", tabindex: "0", role: "region", "aria-label": t("Page of the document") }, this.view.element);
    this.element = h("div", { class: "pdf" }, this.bar, this.note, this.scroller);
    this.element.addEventListener("keydown", (event) => this.#key(event));
    this.observer = new ResizeObserver(() => this.#resized());
  }

  /** Raises PdfProblem when the document cannot be opened. The element is on the page by then. */
  async open() {
    await this.file.open();
    if (this.#closed) return;
    this.count.textContent = t("of {count}", { count: this.file.pages });
    const near = Math.min(Math.max(1, this.said), this.file.pages);
    this.#found = await this.file.find(this.passage, near);
    if (this.#closed) return;
    this.observer.observe(this.scroller);
    await this.go(this.#found.number, { toMark: true });
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#sizing);
    this.observer.disconnect();
    this.view.cancel();
    this.file.close();
  }

  async go(number, { toMark = false } = {}) {
    if (number < 1 || number > this.file.pages) return;
    const turned = number !== this.#number;
    this.#number = number;
    this.#refresh();
    await this.#draw();
    if (this.#closed || this.#number !== number) return;
    if (toMark && this.view.mark) this.#toMark();
    else if (turned) this.scroller.scrollTop = 0;
  }

  zoom(step) {
    if (step < 0 || step >= ZOOMS.length) return;
    this.#zoom = step;
    this.#refresh();
    this.#draw().then(() => this.view.mark && this.#toMark());
  }

  async #draw() {
    const number = this.#number;
    const [page, content] = await Promise.all([this.file.page(number), this.file.text(number)]);
    if (this.#closed || number !== this.#number) return;
    this.#width = this.scroller.clientWidth;
    const width = Math.max(160, this.#width - MARGIN) * ZOOMS[this.#zoom];
    const drawn = await this.view.draw(page, content, { width, ranges: this.#found.ranges.get(number) ?? [] });
    if (drawn) this.element.dataset.drawn = number;
  }

  /** Not scrollIntoView, which may move the whole page as well. */
  #toMark() {
    const mark = this.view.mark.getBoundingClientRect();
    const frame = this.scroller.getBoundingClientRect();
    this.scroller.scrollTop += mark.top - frame.top - frame.height / 3;
    this.scroller.scrollLeft += Math.min(0, mark.left - frame.left - MARGIN) || Math.max(0, mark.right - frame.right + MARGIN);
  }

  #refresh() {
    const { number, ranges, scan } = this.#found;
    this.field.value = this.#number;
    this.previous.disabled = this.#number === 1;
    this.next.disabled = this.#number === this.file.pages;
    this.smaller.disabled = this.#zoom === 0;
    this.larger.disabled = this.#zoom === ZOOMS.length - 1;
    this.back.hidden = this.#number === number || ranges.has(this.#number);
    this.scroller.setAttribute("aria-label", t("Page {page} of the document", { page: this.#number }));
    if (!ranges.size) this.#unmarked(scan);
    else this.note.textContent = ranges.has(this.#number) ? "" : t("The passage is on another page.");
    this.note.classList.toggle("visually-hidden", ranges.has(this.#number));
    if (ranges.has(this.#number)) this.note.textContent = t("The passage is marked on page {page}.", { page: this.#number });
  }

  /** Said plainly, with the words of the passage under the page. */
  #unmarked(scan) {
    this.note.textContent = scan
      ? t("This page is a picture, such as a scan, so the passage cannot be marked on it. Its text is below the page.")
      : t("The passage could not be found on the page as it is drawn. Its text is below the page.");
    if (!this.fallback.isConnected) this.element.append(h("div", { class: "pdf-text" }, this.fallback));
  }

  #typed() {
    const number = Number.parseInt(this.field.value, 10);
    if (number >= 1 && number <= this.file.pages) this.go(number);
    else this.field.value = this.#number;
  }

  #resized() {
    if (Math.abs(this.scroller.clientWidth - this.#width) < 2) return;
    clearTimeout(this.#sizing);
    this.#sizing = setTimeout(() => this.#closed || this.#draw().then(() => this.view.mark && this.#toMark()), SETTLE);
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.target === this.field) return;
    const wide = this.scroller.scrollWidth > this.scroller.clientWidth + 1;
    const run = {
      ArrowLeft: wide ? null : () => this.go(this.#number - 1),
      ArrowRight: wide ? null : () => this.go(this.#number + 1),
      PageUp: () => this.go(this.#number - 1),
      PageDown: () => this.go(this.#number + 1),
      Home: () => this.go(1),
      End: () => this.go(this.file.pages),
      "+": () => this.zoom(this.#zoom + 1),
      "=": () => this.zoom(this.#zoom + 1),
      "-": () => this.zoom(this.#zoom - 1),
      0: () => this.zoom(0),
    }[event.key];
    if (!run) return;
    event.preventDefault();
    run();
  }
}
