/**
 * The drawn text of an answer. Finished blocks are drawn once, a few milliseconds' worth in a frame; the open one at
 * most once a frame, and less often when drawing it is slow. Typing and scrolling thus stay quick, however much comes.
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
const AT_ONCE = 4; // milliseconds of drawing in a frame
const REST_FACTOR = 4; // rest at least this many times as long as the last drawing took

export class Prose {
  #splitter = new BlockSplitter();
  #due = []; // finished blocks that are not drawn yet
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
    this.#due.push(...this.#splitter.push(text));
    if (document.hidden) this.#settleUntil(Infinity); // frames come again only when somebody looks
    this.#schedule();
  }

  /** The text is complete: what looked half written is drawn as it stands. */
  finish() {
    this.#scheduled = false;
    if (this.#finished) return;
    this.#finished = true;
    this.#settleUntil(Infinity);
    const { open } = this.#splitter;
    if (open.trim()) this.#draw(open);
    else morphChildren(this.element, document.createDocumentFragment(), this.#openFrom);
    colourCode(this.#openElements);
  }

  reset(text) {
    this.#splitter = new BlockSplitter();
    this.#due = [];
    this.#openFrom = 0;
    this.element.replaceChildren();
    this.push(text);
  }

  /** A citation became known after its marker was drawn. */
  refreshMarkers() {
    placeMarkers(this.element, this.#citations);
  }

  /** Draws what is finished, until that time. */
  #settleUntil(time) {
    let drawn = 0;
    while (drawn < this.#due.length && performance.now() < time) {
      this.#draw(this.#due[drawn++]);
      colourCode(this.#openElements);
      this.#openFrom = this.element.childNodes.length;
    }
    this.#due.splice(0, drawn);
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
    this.#settleUntil(begun + AT_ONCE);
    if (this.#due.length) return this.#schedule();
    const { open, inFence } = this.#splitter;
    if (!inFence && FORMULA_AHEAD.test(open)) loadKatex();
    this.#draw(inFence ? open : heal(open));
    const cost = performance.now() - begun;
    this.#restUntil = cost > 6 ? begun + cost * (1 + REST_FACTOR) : 0;
  }
}
