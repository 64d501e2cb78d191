/** Draws one page of a PDF: the picture, the text over it that can be selected and read aloud, and the marked passage. */
import { TextLayer } from "./pdfjs.js";
import { h } from "../dom.js";

const MOST_PIXELS = 16 * 1024 * 1024; // of one picture: more is refused by some browsers
const SHARPEST = 2; // device pixels a CSS pixel

export class PdfPage {
  #task = null;
  #layer = null;

  constructor() {
    this.canvas = h("canvas", { "aria-hidden": "true" });
    this.marks = h("div", { class: "pdf-marks", "aria-hidden": "true" });
    this.text = h("div", { class: "textLayer" });
    this.element = h("div", { class: "pdf-page" }, this.canvas, this.marks, this.text);
  }

  /** `ranges` are those of the passage on this page. Gives whether the drawing came to its end. */
  async draw(page, content, { width, ranges }) {
    this.cancel();
    const scale = width / page.getViewport({ scale: 1 }).width;
    const viewport = page.getViewport({ scale });
    const { style } = this.element;
    style.width = `${viewport.width}px`;
    style.height = `${viewport.height}px`;
    style.setProperty("--total-scale-factor", scale);
    const fine = Math.min(devicePixelRatio || 1, SHARPEST, Math.sqrt(MOST_PIXELS / (viewport.width * viewport.height)));
    const canvas = h("canvas", { "aria-hidden": "true" });
    canvas.width = Math.floor(viewport.width * fine);
    canvas.height = Math.floor(viewport.height * fine);
    this.text.replaceChildren();
    this.marks.replaceChildren();
    this.#layer = new TextLayer({ textContentSource: content, container: this.text, viewport });
    const layer = this.#layer;
    this.#task = page.render({ canvas, viewport, transform: fine === 1 ? null : [fine, 0, 0, fine, 0, 0] });
    try {
      await layer.render();
      if (layer === this.#layer) this.#mark(layer.textDivs, ranges);
      await this.#task.promise;
    } catch (error) {
      if (error.name === "RenderingCancelledException" || error.name === "AbortException") return false;
      throw error;
    }
    if (layer !== this.#layer) return false;
    this.canvas.replaceWith(canvas); // the old picture stays until the new one is whole
    this.canvas = canvas;
    return true;
  }

  cancel() {
    this.#task?.cancel();
    this.#layer?.cancel();
    this.#task = this.#layer = null;
  }

  /** The first mark, to which the view moves. */
  get mark() {
    return this.marks.firstElementChild;
  }

  #mark(pieces, ranges) {
    const origin = this.element.getBoundingClientRect();
    for (const { item, start, end } of ranges) {
      const node = pieces[item]?.firstChild;
      if (!node) continue;
      const range = document.createRange();
      range.setStart(node, start);
      range.setEnd(node, Math.min(end, node.length));
      for (const box of range.getClientRects()) this.marks.append(boxAt(box, origin));
    }
  }
}

function boxAt({ left, top, width, height }, origin) {
  const box = h("div", { class: "pdf-mark" });
  Object.assign(box.style, { left: `${left - origin.left}px`, top: `${top - origin.top}px`, width: `${width}px`, height: `${height}px` });
  return box;
}
