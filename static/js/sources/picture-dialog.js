/** One picture large, in a dialog: arrow keys go to the others, Escape closes, the focus returns to where it came from. */
import { h, icon, iconButton } from "../dom.js";
import { t } from "../words.js";
import { pictureName } from "./pictures.js";

export function openPictures(pictures, index, opener) {
  new PictureDialog(pictures, opener).show(index);
}

class PictureDialog {
  #index = 0;

  constructor(pictures, opener) {
    this.pictures = pictures;
    this.opener = opener;
    this.stage = h("div", { class: "picture-stage" });
    this.name = h("p", { class: "picture-name" });
    this.words = h("p", { class: "picture-words", dir: "auto" });
    this.count = h("span", { class: "picture-count" });
    this.previous = iconButton("previous", t("Previous picture"), { "aria-keyshortcuts": "ArrowLeft", onclick: () => this.step(-1) });
    this.next = iconButton("next", t("Next picture"), { "aria-keyshortcuts": "ArrowRight", onclick: () => this.step(1) });
    this.close = iconButton("close", t("Close"), { onclick: () => this.dialog.close() });
    this.source = h("button", { type: "button", class: "button small", onclick: () => this.#toSource() }, icon("file"), t("Open the source"));
    this.dialog = h(
      "dialog",
      { class: "picture-dialog", "aria-label": t("Picture") },
      h("div", { class: "picture-head" }, h("div", { class: "picture-about", "aria-live": "polite" }, this.name, this.words), this.close),
      this.stage,
      h("div", { class: "picture-foot" }, h("div", { class: "picture-steps" }, this.previous, this.count, this.next), this.source),
    );
    this.dialog.addEventListener("keydown", (event) => this.#key(event));
    this.dialog.addEventListener("click", ({ target }) => target === this.dialog && this.dialog.close());
    this.dialog.addEventListener("close", () => this.#closed());
    document.body.append(this.dialog);
    this.dialog.showModal();
  }

  show(index) {
    this.#index = index;
    const picture = this.pictures[index];
    this.name.textContent = pictureName(picture);
    this.words.textContent = picture.words;
    this.words.hidden = !picture.words;
    const alone = this.pictures.length < 2;
    for (const part of [this.previous, this.count, this.next]) part.hidden = alone;
    this.count.textContent = t("{index} of {count}", { index: index + 1, count: this.pictures.length });
    this.source.hidden = !this.#sourceButton();
    this.#draw(picture);
  }

  step(by) {
    const { length } = this.pictures;
    this.show((this.#index + by + length) % length);
  }

  /** The small one stands in its place until the large one is there. */
  #draw({ small, url, width, height, words }) {
    const about = { alt: words || this.name.textContent, width, height };
    const image = h("img", { ...about, src: small, "aria-busy": "true" });
    this.stage.replaceChildren(image);
    const large = h("img", about);
    large.addEventListener("load", () => image.replaceWith(large));
    large.addEventListener("error", () => image.isConnected && this.stage.replaceChildren(gone()));
    large.src = url;
  }

  #key(event) {
    event.stopPropagation(); // the page's own keys are not for what lies over it
    const back = document.documentElement.dir === "rtl" ? "ArrowRight" : "ArrowLeft";
    const run = {
      Escape: () => this.dialog.close(),
      ArrowLeft: () => this.step(back === "ArrowLeft" ? -1 : 1),
      ArrowRight: () => this.step(back === "ArrowLeft" ? 1 : -1),
      Home: () => this.show(0),
      End: () => this.show(this.pictures.length - 1),
    }[event.key];
    if (!run || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    run();
  }

  #sourceButton() {
    const { number } = this.pictures[this.#index];
    return number ? this.opener.closest(".sources")?.querySelector(`button.source[data-source="${number}"]`) : null;
  }

  #toSource() {
    const button = this.#sourceButton();
    this.dialog.close();
    button?.click();
  }

  #closed() {
    this.dialog.remove();
    const opener = this.opener.isConnected ? this.opener : document.querySelector(`[data-picture="${this.opener.dataset.picture}"]`);
    opener?.focus({ preventScroll: true }); // an answer may have been drawn anew meanwhile
  }
}

function gone() {
  return h("p", { class: "picture-gone", role: "alert" }, icon("alert"), t("This picture is no longer available. Its document was deleted, or you may no longer read it."));
}
