/**
 * The drawn text of an answer. Finished blocks are drawn once; the open one at most once a frame, and less often
 * when drawing it is slow, so that typing and scrolling stay quick under a very long block.
 */
import { BlockSplitter } from "./blocks.js";
import { colourCode } from "./code-colours.js";
import { h } from "./dom.js";
import { drawFormulas, loadKatex } from "./formulas.js";
import { heal } from "./heal.js";
import { render } from "./markdown.js";
import { placeMarkers } from "./markers.js";
import { morphChildren } from "./morph.js";

const FORMULA_AHEAD = /\$\$|\\[([]|\$[^\s\d$]/;
const REST_FACTOR = 4; // rest at least this many times as long as the last drawing took

export class Prose {
  #splitter = new BlockSplitter();
  #openFrom = 0; // children before this one are finished
  #scheduled = false;
  #finished = false;
  #restUntil = 0;
  #citations;

  constructor(citations) {
    this.#citations = citations;
    this.element = h("div", { class: "prose" });
  }

  push(text) {
    this.#finished = false;
    for (const block of this.#splitter.push(text)) this.#settle(block);
    this.#schedule();
  }

  /** The text is complete: what looked half written is drawn as it stands. */
  finish() {
    this.#scheduled = false;
    if (this.#finished) return;
    this.#finished = true;
    const { open } = this.#splitter;
    if (open.trim()) this.#draw(open);
    else morphChildren(this.element, document.createDocumentFragment(), this.#openFrom);
    colourCode(this.#openElements);
  }

  reset(text) {
    this.#splitter = new BlockSplitter();
    this.#openFrom = 0;
    this.element.replaceChildren();
    this.push(text);
  }

  /** A citation became known after its marker was drawn. */
  refreshMarkers() {
    placeMarkers(this.element, this.#citations);
  }

  #settle(block) {
    this.#draw(block);
    colourCode(this.#openElements);
    this.#openFrom = this.element.childNodes.length;
  }

  #draw(block) {
    const fragment = render(block);
    placeMarkers(fragment, this.#citations);
    morphChildren(this.element, fragment, this.#openFrom);
    drawFormulas(this.#openElements);
  }

  get #openElements() {
    const found = [];
    for (let node = this.element.childNodes[this.#openFrom]; node; node = node.nextSibling) if (node.nodeType === Node.ELEMENT_NODE) found.push(node);
    return found;
  }

  #schedule() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame((now) => this.#frame(now));
  }

  #frame(now) {
    if (!this.#scheduled) return;
    if (now < this.#restUntil) {
      requestAnimationFrame((later) => this.#frame(later));
      return;
    }
    this.#scheduled = false;
    const begun = performance.now();
    const { open, inFence } = this.#splitter;
    if (!inFence && FORMULA_AHEAD.test(open)) loadKatex();
    this.#draw(inFence ? open : heal(open));
    const cost = performance.now() - begun;
    this.#restUntil = cost > 6 ? begun + cost * (1 + REST_FACTOR) : 0;
  }
}
