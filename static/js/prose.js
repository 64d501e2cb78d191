/**
 * The drawn text of an answer. Finished blocks are drawn once; the open one at most once a frame, and less often
 * when drawing it is slow, so that typing and scrolling stay quick under a very long block.
 */
import { BlockSplitter } from "./blocks.js";
import { h } from "./dom.js";
import { heal } from "./heal.js";
import { render } from "./markdown.js";
import { placeMarkers } from "./markers.js";
import { morphChildren } from "./morph.js";

const REST_FACTOR = 4; // rest at least this many times as long as the last drawing took

export class Prose {
  #splitter = new BlockSplitter();
  #openFrom = 0; // children before this one are finished
  #scheduled = false;
  #restUntil = 0;
  #citations;

  constructor(citations) {
    this.#citations = citations;
    this.element = h("div", { class: "prose" });
  }

  push(text) {
    for (const block of this.#splitter.push(text)) this.#settle(block);
    this.#schedule();
  }

  /** The text is complete: what looked half written is drawn as it stands. */
  finish() {
    if (this.#splitter.open.trim()) this.#draw(this.#splitter.open);
    else morphChildren(this.element, document.createDocumentFragment(), this.#openFrom);
    this.#scheduled = false;
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
    this.#openFrom = this.element.childNodes.length;
  }

  #draw(block) {
    const fragment = render(block);
    placeMarkers(fragment, this.#citations);
    morphChildren(this.element, fragment, this.#openFrom);
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
    this.#draw(this.#splitter.inFence ? this.#splitter.open : heal(this.#splitter.open));
    const cost = performance.now() - begun;
    this.#restUntil = cost > 6 ? begun + cost * (1 + REST_FACTOR) : 0;
  }
}
