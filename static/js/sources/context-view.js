/** A passage among its neighbours in the document, the quote marked; more of what is around it on demand. */
import { h } from "../dom.js";
import { sourceText } from "../source-text.js";
import { t } from "../words.js";

/** `more(around)` loads the source with so many passages on each side. */
export class ContextView {
  constructor(source, { more }) {
    this.source = source;
    this.more = more;
    this.element = h("div", { class: "context" });
    this.#draw();
  }

  #draw() {
    const { source } = this;
    this.element.replaceChildren(
      ...[
        source.more_before ? this.#button(t("Show more before this")) : null,
        sourceText(source),
        source.more_after ? this.#button(t("Show more after this")) : null,
      ].filter(Boolean),
    );
  }

  #button(words) {
    const button = h("button", { type: "button", class: "button small context-more" }, words);
    button.addEventListener("click", () => this.#extend(button));
    return button;
  }

  async #extend(button) {
    button.disabled = true;
    const scroller = this.element.closest(".source-body");
    const mark = () => this.element.querySelector("mark")?.getBoundingClientRect().top ?? 0;
    const before = mark();
    try {
      this.source = await this.more((this.source.around ?? 1) * 2);
    } catch (error) {
      button.replaceWith(h("p", { class: "source-wait", role: "alert" }, error.message));
      return;
    }
    this.#draw();
    if (scroller) scroller.scrollTop += mark() - before; // what was being read stays where it was
    this.element.querySelector(".source-text").tabIndex = -1;
    this.element.querySelector(".source-text").focus({ preventScroll: true });
  }
}
