/** From chosen files to the queue: asks for the collection where none is known, refuses what cannot be taken. */
import { byId, h } from "../dom.js";
import { UPLOAD } from "./api.js";
import { UploadQueue } from "./queue.js";
import { sendFile } from "./send.js";
import { isPassing } from "./upload-answer.js";
import { UploadPanel } from "./upload-panel.js";
import { n, number, t } from "../words.js";

const LAST = "colloquy.documents.collection";

export class Uploads {
  #follows = null; // the document that the next chosen file is a new version of

  constructor({ collections, chosen, max_bytes: most, person, login, pause, onsent }) {
    Object.assign(this, { collections, chosen, most });
    this.key = `${LAST}.${person}`;
    this.queue = new UploadQueue({
      send: (entry, onbytes) => sendFile(UPLOAD, entry, onbytes),
      isPassing,
      pause,
      wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      now: () => performance.now(),
      onchange: () => this.panel.changed(),
      onsettle: onsent,
    });
    this.panel = new UploadPanel(this.queue, { login });
    addEventListener("beforeunload", (event) => this.busy && event.preventDefault());
    addEventListener("online", () => this.queue.resume());
    byId("version-file").addEventListener("change", (event) => this.#versionChosen(event.target));
  }

  get busy() {
    return !this.queue.idle;
  }

  gathering(count) {
    this.panel.gathering(count);
  }

  async offer({ files, left }) {
    if (!files.length) {
      this.panel.changed();
      return left ? this.#count(left) : undefined;
    }
    const collection = await this.#collection(files);
    this.panel.changed();
    if (collection) this.#take(files.map(({ file, path }) => ({ file, path, collection })), left);
  }

  newVersion(item) {
    this.#follows = item;
    byId("version-file").click();
  }

  /** The choice in the dialog, kept up to date with the collections there are. */
  drawCollections() {
    const select = byId("upload-collection");
    const before = select.value;
    select.replaceChildren(...this.collections().map(({ id, name }) => h("option", { value: id }, name)));
    if (before) select.value = before;
  }

  #versionChosen(input) {
    const { id, file: name } = this.#follows;
    const entries = [...input.files].map((file) => ({ file, path: file.name, follows: id, name }));
    input.value = "";
    this.#take(entries, 0);
  }

  #take(entries, left) {
    const fine = [];
    for (const entry of entries) {
      const problem = this.#problem(entry);
      if (problem) this.queue.refuse(entry, problem);
      else fine.push(entry);
    }
    this.queue.add(fine);
    this.#count(left);
  }

  #count(left) {
    this.queue.left += left;
    this.panel.changed();
  }

  #problem({ file }) {
    const most = Math.floor(this.most / 1048576);
    if (file.size > this.most) return t("This file is larger than {most} MB. Split it, or ask the operator to raise the limit.", { most: number(most) });
    return file.size === 0 ? t("This file is empty (0 bytes). Check the original and upload that.") : "";
  }

  /** The collection of the list, or the one that somebody chooses now; the last one is offered first. */
  #collection(files) {
    const dialog = byId("upload-dialog");
    const select = byId("upload-collection");
    this.drawCollections();
    const known = new Set(this.collections().map(({ id }) => id));
    select.value = [this.chosen(), localStorage.getItem(this.key), this.collections()[0]?.id].find((id) => id && known.has(id)) ?? "";
    byId("upload-question").textContent = n("Upload {count} file", "Upload {count} files", files.length);
    byId("upload-none").hidden = known.size > 0;
    byId("upload-choice").hidden = byId("upload-confirm").disabled = known.size === 0;
    dialog.returnValue = "";
    if (!dialog.open) dialog.showModal();
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => resolve(this.#chosenIn(dialog, select)), { once: true });
    });
  }

  #chosenIn(dialog, select) {
    if (dialog.returnValue !== "upload") return null;
    localStorage.setItem(this.key, select.value);
    return select.value;
  }
}
