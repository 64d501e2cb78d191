/** The panel beside the list: everything about one document. */
import { byId, h, icon } from "../dom.js";
import { fullDate, relative } from "../dates.js";
import * as api from "./api.js";
import { passwordForm } from "./password-form.js";
import { TextView } from "./text-view.js";
import { titleEditor } from "./title-editor.js";
import { statusView } from "./status.js";
import { size } from "./figures.js";
import { n, number, t } from "../words.js";

const NARROW = matchMedia("(max-width: 60rem)");

export class DocumentPanel {
  #opener = null;
  #loading = null;
  id = null;

  /** `verbs.entries([item])` are its buttons; `onchanged(items)` hears of changes made here. */
  constructor({ verbs, onchanged, onclose, onversion }) {
    Object.assign(this, { verbs, onchanged, onclose, onversion });
    this.panel = byId("document-panel");
    this.body = byId("document-body");
    this.scrim = byId("document-scrim");
    byId("document-close").addEventListener("click", () => this.onclose());
    this.scrim.addEventListener("click", () => this.onclose());
    addEventListener("keydown", (event) => event.key === "Escape" && !event.defaultPrevented && this.id && !document.querySelector("dialog[open], .menu") && this.onclose());
    NARROW.addEventListener("change", () => this.#cover(this.id !== null));
  }

  get item() {
    return this.details?.item ?? null;
  }

  async open(id, opener) {
    if (opener) this.#opener = opener;
    this.id = id;
    this.details = null;
    this.#loading?.abort();
    const loading = (this.#loading = new AbortController());
    byId("document-title").replaceChildren();
    byId("document-place").textContent = "";
    this.body.replaceChildren(h("div", { class: "skeleton", "aria-label": t("Opening the document") }, h("span"), h("span"), h("span")));
    this.panel.hidden = false;
    this.#cover(true);
    byId("document-close").focus();
    await this.#load(loading.signal);
  }

  async reload() {
    if (this.id) await this.#load(this.#loading.signal);
  }

  async #load(signal) {
    try {
      this.details = await api.details(this.id, signal);
      this.#draw();
    } catch (error) {
      if (error.name !== "AbortError") this.body.replaceChildren(h("div", { class: "source-gone" }, icon("alert"), h("p", {}, error.message)));
    }
  }

  close() {
    if (!this.id) return;
    this.#loading?.abort();
    this.id = this.details = null;
    this.panel.hidden = true;
    this.#cover(false);
    if (this.#opener?.isConnected) this.#opener.focus();
    this.#opener = null;
  }

  /** News of the document that is shown; its buttons and versions change when its state does. */
  paint(items) {
    const item = items.find(({ id }) => id === this.id);
    if (!item || !this.details?.item) return;
    const before = this.details.item;
    const moved = ["state", "version", "cancelable", "title", "passages", "collection"].some((key) => JSON.stringify(item[key]) !== JSON.stringify(before[key]));
    this.details.item = item;
    if (moved) this.reload();
    else this.status?.paint(item);
  }

  #cover(open) {
    const covering = open && NARROW.matches;
    this.scrim.hidden = !covering;
    for (const id of ["sidebar", "main"]) byId(id).inert = covering;
  }

  #draw() {
    const { item, versions, admin } = this.details;
    if (!item) return;
    byId("document-title").replaceChildren(titleEditor(item, (title) => this.#rename(title)));
    byId("document-place").replaceChildren(h("bdi", {}, [item.collection.name, ...(item.folder ? item.folder.split("/") : [])].join(" › ")));
    this.status = statusView();
    this.status.paint(item);
    this.body.replaceChildren(
      ...[this.status.element, needsPassword(item) && passwordForm(item, (items) => this.#changed(items)), this.#buttons(item), remarks(item), facts(item), history(versions), new TextView(item, versions).element, h("p", {}, h("a", { href: admin }, t("Open it in the admin")))].filter(Boolean),
    );
  }

  #buttons(item) {
    const buttons = this.verbs.entries([item]).map(({ label, icon: name, danger, run }) => h("button", { type: "button", class: `button small${danger ? " danger" : ""}`, onclick: run }, icon(name), label));
    const newer = h("button", { type: "button", class: "button small", onclick: () => this.onversion(item) }, icon("upload"), t("New version"));
    const original = h("a", { class: "button small", href: item.original, download: "" }, icon("download"), t("Original"));
    return h("div", { class: "panel-buttons" }, original, newer, buttons);
  }

  async #rename(title) {
    const { items } = await api.rename(this.id, title);
    this.#changed(items);
  }

  #changed(items) {
    this.onchanged(items);
    this.reload();
  }
}

const needsPassword = (item) => item.code === "encrypted" || item.code === "wrong_password";

function remarks({ remarks: said }) {
  if (!said.length) return null;
  return h("section", { class: "panel-part remarks" }, h("h3", {}, said.length === 1 ? t("A remark") : t("Remarks")), h("ul", {}, said.map((words) => h("li", {}, words))));
}

function facts(item) {
  const when = h("time", { datetime: item.added, title: fullDate(item.added) }, relative(item.added));
  const rows = [[t("File"), h("bdi", {}, item.file)], [t("Size"), size(item.size)], item.pages && [t("Pages"), number(item.pages)], [t("Passages"), number(item.passages)], [t("Added"), h("span", {}, when, item.by ? ` ${t("by {name}", { name: item.by })}` : "")], item.tags.length && [t("Tags"), item.tags.join(t(", "))]];
  return h("dl", { class: "facts" }, rows.filter(Boolean).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

function history(versions) {
  if (versions.length < 2) return null;
  const rows = versions.map((version) => h("li", {}, h("div", {}, h("strong", {}, t("Version {version}", { version: version.number })), version.answers ? h("span", { class: "badge answers" }, t("answers")) : h("span", { class: "doc-sub" }, version.label)), h("span", { class: "doc-sub" }, `${relative(version.added)} · ${size(version.size)}${version.passages ? ` · ${n("{count} passage", "{count} passages", version.passages)}` : ""}`), version.error ? h("p", { class: "doc-error" }, version.error) : null, h("a", { href: version.original, download: "", "aria-label": t("Original of version {version}", { version: version.number }) }, icon("download"))));
  return h("section", { class: "panel-part" }, h("h3", {}, t("Versions")), h("ol", { class: "versions" }, rows));
}
