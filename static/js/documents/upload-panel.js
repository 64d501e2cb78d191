/** What is on its way to the server: totals, what is being sent, and what was refused with why. Never a row a file. */
import { byId, h, iconButton } from "../dom.js";
import { size, timeLeft } from "./figures.js";
import { n, number, t } from "../words.js";

const SHOWN = 100;
const PAINT = 200;

export function totals(queue) {
  const { sent, duplicate, refused } = queue.counts;
  const parts = [t("{done} of {all} sent", { done: number(sent + duplicate), all: number(queue.total) })];
  if (duplicate) parts.push(n("{count} there already", "{count} there already", duplicate));
  if (refused) parts.push(n("{count} refused", "{count} refused", refused));
  if (queue.left) parts.push(n("{count} system file left out", "{count} system files left out", queue.left));
  const left = timeLeft(queue.secondsLeft);
  if (left) parts.push(left);
  return parts.join(t(", "));
}

export class UploadPanel {
  #timer = null;
  #shown = SHOWN;

  constructor(queue, { login }) {
    Object.assign(this, { queue, login });
    this.panel = byId("upload-panel");
    byId("upload-fold").addEventListener("click", () => this.#fold());
    byId("upload-close").addEventListener("click", () => this.#close());
    byId("upload-stop").addEventListener("click", () => queue.stop());
    byId("upload-retry").addEventListener("click", () => queue.retryAll());
  }

  /** Painted a few times a second, however many files come and go. */
  changed() {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#paint();
    }, PAINT);
  }

  gathering(count) {
    this.panel.hidden = false;
    byId("upload-title").textContent = n("Looking through the folder: {count} file", "Looking through the folder: {count} files", count);
  }

  #paint() {
    const { queue } = this;
    if (!queue.total && !queue.left) return (this.panel.hidden = true);
    this.panel.hidden = false;
    byId("upload-title").textContent = queue.idle ? t("Upload finished") : queue.blocked ? t("Upload waits") : t("Uploading");
    byId("upload-totals").textContent = totals(queue);
    const bar = byId("upload-bar");
    bar.value = Math.round(queue.fraction * 1000);
    bar.hidden = queue.idle;
    byId("upload-stop").hidden = queue.waiting === 0;
    byId("upload-close").hidden = !queue.idle;
    byId("upload-retry").hidden = !queue.refused.some(({ retryable }) => retryable);
    this.#notice();
    byId("upload-sending").replaceChildren(...queue.sending.map(sendingRow));
    this.#paintRefused();
  }

  #notice() {
    const { queue } = this;
    const notice = byId("upload-notice");
    const signIn = h("a", { href: this.login, target: "_blank", rel: "noopener" }, t("Sign in in another tab"));
    const goOn = h("button", { type: "button", class: "button small", onclick: () => queue.resume() }, t("Go on"));
    if (queue.blocked && !notice.childElementCount) notice.replaceChildren(t("You are signed out."), " ", signIn, " ", goOn);
    else if (!queue.blocked) notice.textContent = queue.offline ? t("The connection is lost. It goes on by itself as soon as the server answers.") : "";
    notice.hidden = !queue.blocked && !queue.offline;
  }

  #paintRefused() {
    const { refused } = this.queue;
    const list = byId("upload-refused");
    const same = refused.length === this.painted?.length && refused.every((entry, i) => entry === this.painted[i]);
    if (same && this.paintedShown === this.#shown) return; // a button that has the focus keeps it
    this.painted = [...refused];
    this.paintedShown = this.#shown;
    const rows = refused.slice(0, this.#shown).map((entry) => this.#refusedRow(entry));
    const more = refused.length - this.#shown;
    if (more > 0) rows.push(h("li", {}, h("button", { type: "button", class: "button small", onclick: () => ((this.#shown += SHOWN), this.changed()) }, t("Show {some} more of {all}", { some: number(Math.min(more, SHOWN)), all: number(more) }))));
    list.replaceChildren(...rows);
    list.hidden = rows.length === 0;
  }

  #refusedRow(entry) {
    const retry = entry.retryable ? iconButton("retry", t("Retry {name}", { name: entry.path }), { onclick: () => this.queue.retry(entry) }) : null;
    return h("li", { class: "upload-file refused" }, h("div", {}, h("bdi", { class: "upload-name" }, entry.path), h("p", { class: "doc-error" }, entry.reason)), retry);
  }

  #fold() {
    const folded = this.panel.classList.toggle("folded");
    byId("upload-fold").setAttribute("aria-expanded", String(!folded));
  }

  #close() {
    this.queue.clear();
    this.panel.hidden = true;
  }
}

function sendingRow(entry) {
  const percent = entry.file.size ? Math.min(100, Math.round((entry.bytes / entry.file.size) * 100)) : 0;
  return h("li", { class: "upload-file" }, h("bdi", { class: "upload-name" }, entry.path), h("span", { class: "doc-left" }, percent < 100 ? t("{percent} % of {size}", { percent, size: size(entry.file.size) }) : t("Being stored")));
}
