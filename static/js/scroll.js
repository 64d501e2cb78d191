/** Keeps the newest text in view while the reader is at the bottom, and never moves the page otherwise. */
const NEAR = 64; // pixels that still count as the bottom

export class Follower {
  #following = true;
  #last = 0;

  constructor(scroller, content, button) {
    this.scroller = scroller;
    this.button = button;
    scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    // Going up is meant, even by a pixel; waiting for a distance would fight with the reader's wheel.
    scroller.addEventListener("wheel", (event) => event.deltaY < 0 && this.#leave(), { passive: true });
    button.addEventListener("click", () => this.toBottom({ smooth: true }));
    const keep = new ResizeObserver(() => (this.#following ? this.toBottom() : this.#showButton()));
    keep.observe(content);
    keep.observe(scroller);
  }

  toBottom({ smooth = false } = {}) {
    this.#following = true;
    this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior: smooth ? "smooth" : "instant" });
    this.#showButton();
  }

  /** Not scrollIntoView, which may move the whole page as well. */
  to(element) {
    this.#following = false;
    const above = element.getBoundingClientRect().top - this.scroller.getBoundingClientRect().top;
    this.scroller.scrollTo({ top: this.scroller.scrollTop + above - this.scroller.clientHeight / 4, behavior: "instant" });
    this.#showButton();
  }

  /** Moves the text so that the element stands where another one stood. */
  keep(element, top) {
    this.#following = false;
    this.scroller.scrollTop += element.getBoundingClientRect().top - top;
    this.#showButton();
  }

  get #distance() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight;
  }

  #scrolled() {
    const top = this.scroller.scrollTop;
    if (top < this.#last - 2 && this.#distance > NEAR) this.#following = false;
    else if (this.#distance <= 4) this.#following = true;
    this.#last = top;
    this.#showButton();
  }

  #leave() {
    if (this.scroller.scrollHeight > this.scroller.clientHeight) this.#following = false;
  }

  #showButton() {
    this.button.hidden = this.#following || this.#distance <= NEAR;
  }
}
