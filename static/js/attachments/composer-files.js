/**
 * Files that go with the next question: chosen, dropped on the page or pasted. Each is sent at once and read while the
 * question is being typed; a question waits until its files have arrived, and its answer until they are read.
 */
import { announce } from "../announcer.js";
import { getAttachments, getWaitingAttachments, post } from "../api.js";
import { byId } from "../dom.js";
import { idle } from "../idle.js";
import { n, t } from "../words.js";
import { fileChip, stateInWords } from "./file-chip.js";
import { dropFiles, pastedFiles } from "./incoming.js";
import { sendFile } from "./send-file.js";
import { Watch } from "./watch.js";

const MEGABYTE = 1024 * 1024;

export class ComposerFiles {
  #rules;
  #key;
  #entries = []; // {file, item, stop}
  #place = null; // the conversation that they are in, or that they will begin
  #last = Promise.resolve();

  /** `conversation()` is the one on the page, or null; `onchange` is told when something can or cannot be sent, `queued()` goes with questions that wait. */
  constructor(form, rules, { person, conversation, onchange, queued = () => new Set() }) {
    this.#rules = rules;
    this.#key = `colloquy.files.${person}`;
    Object.assign(this, { form, conversation, onchange, queued });
    this.list = byId("composer-files");
    this.watch = new Watch({ ids: () => this.#busy, onitems: (items) => this.#update(items) });
    if (rules.allowed) this.#listen();
  }

  /** Whether a question must wait for a file that is still on its way to the server. */
  get sending() {
    return this.#entries.some(({ item }) => item.state === "sending");
  }

  /** Those that go with a question, which then has them: [items]. What could not be taken stays. */
  take() {
    const taken = this.#entries.filter(({ item }) => item.id && item.state !== "failed");
    this.#entries = this.#entries.filter((entry) => !taken.includes(entry));
    this.#remember(null);
    this.#draw();
    return taken.map(({ item }) => item);
  }

  /** Those of a question that was not taken. */
  async giveBack(ids) {
    if (!ids?.length) return;
    const items = await getAttachments(ids).catch(() => []);
    this.#entries.push(...items.map((item) => ({ item })));
    if (items.length) this.#remember(items[0].conversation);
    this.#draw();
  }

  /** Of the conversation that is shown now; files that were not sent are still there. */
  async show(conversation) {
    for (const entry of this.#entries) entry.stop?.();
    this.#entries = [];
    this.#place = conversation ?? this.#remembered;
    this.#draw();
    if (!this.#rules.allowed || !this.#place) return;
    const place = this.#place;
    await idle();
    const items = await getWaitingAttachments(place).catch(() => []);
    if (place !== this.#place) return;
    const known = new Set([...this.#entries.map(({ item }) => item.id), ...this.queued()]);
    this.#entries.unshift(...items.filter(({ id }) => !known.has(id)).map((item) => ({ item })));
    this.#draw();
  }

  add(files) {
    if (!this.#rules.allowed) return;
    for (const file of files) {
      const entry = { file, item: { name: file.name, state: "sending", percent: 0 } };
      this.#entries.push(entry);
      if (this.#entries.length > this.#rules.most) this.#refuse(entry, n("A question takes up to {count} file.", "A question takes up to {count} files.", this.#rules.most));
      else if (file.size > this.#rules.max_bytes) this.#refuse(entry, t("This file is larger than {size} MB. Split it, or ask a knowledge manager to add it to the documents.", { size: Math.floor(this.#rules.max_bytes / MEGABYTE) }));
      else this.#send(entry);
    }
    this.#draw();
  }

  #listen() {
    const button = byId("attach");
    const input = byId("attach-files");
    button.hidden = false;
    button.addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
      this.add([...input.files]);
      input.value = "";
    });
    dropFiles(byId("file-cover"), (files) => this.add(files));
    this.form.addEventListener("paste", (event) => {
      const files = pastedFiles(event.clipboardData);
      if (!files.length) return;
      event.preventDefault();
      this.add(files);
    });
  }

  /** One after the other: the first of a new conversation tells where the others belong. */
  #send(entry) {
    this.#last = this.#last.then(() => this.#sendNow(entry));
  }

  async #sendNow(entry) {
    if (!this.#entries.includes(entry)) return;
    const place = this.conversation() ?? this.#place;
    const { done, stop } = sendFile(entry.file, place, (percent) => {
      entry.item.percent = percent;
      this.#draw();
    });
    entry.stop = stop;
    try {
      const item = await done;
      if (!this.#entries.includes(entry)) return;
      this.#entries = this.#entries.filter((other) => other === entry || other.item.id !== item.id);
      entry.item = item;
      if (!this.conversation()) this.#remember(item.conversation);
      this.watch.start();
      this.#draw();
    } catch (error) {
      if (this.#entries.includes(entry)) this.#refuse(entry, error.message, { retryable: error.retryable });
    }
  }

  #refuse(entry, words, { retryable = false } = {}) {
    entry.item = { name: entry.file.name, state: "refused", error: words, retryable };
    announce(`${entry.file.name}: ${words}`);
    this.#draw();
  }

  async #retry(entry) {
    if (!entry.item.id) {
      entry.item = { name: entry.file.name, state: "sending", percent: 0 };
      this.#send(entry);
      return this.#draw();
    }
    this.#update([await post(`/api/attachments/${entry.item.id}/retry`).catch((error) => ({ ...entry.item, error: error.message }))]);
    this.watch.start();
  }

  async #remove(entry) {
    entry.stop?.();
    this.#entries = this.#entries.filter((other) => other !== entry);
    announce(t("{name} removed", { name: entry.item.name }));
    this.#draw();
    this.form.querySelector("textarea").focus();
    if (entry.item.id) await post(`/api/attachments/${entry.item.id}/remove`).catch(() => this.show(this.conversation()));
  }

  get #busy() {
    return this.#entries.filter(({ item }) => item.id && item.busy).map(({ item }) => item.id);
  }

  #update(items) {
    for (const item of items) {
      const entry = this.#entries.find(({ item: { id } }) => id === item.id);
      if (!entry) continue;
      if (entry.item.busy && !item.busy) announce(`${item.name}: ${stateInWords(item)}`);
      entry.item = item;
    }
    this.#draw();
  }

  #draw() {
    const chips = this.#entries.map((entry) => fileChip(entry.item, { onremove: () => this.#remove(entry), onretry: () => this.#retry(entry) }));
    // A button that is pressed must not be replaced under the finger by news of another file.
    const focused = [...this.list.children].findIndex((chip) => chip.contains(document.activeElement));
    const label = focused >= 0 ? document.activeElement.getAttribute("aria-label") : null;
    this.list.replaceChildren(...chips);
    if (label) this.list.querySelector(`[aria-label="${CSS.escape(label)}"]`)?.focus();
    this.list.hidden = !chips.length;
    if (this.#busy.length) this.watch.start();
    this.onchange();
  }

  /** Files of a new chat are found again when the page is loaded anew. */
  #remember(place) {
    if (this.conversation()) return;
    this.#place = place;
    try {
      if (place) sessionStorage.setItem(this.#key, place);
      else sessionStorage.removeItem(this.#key);
    } catch {
      // Forbidden storage: they are there as long as the page is.
    }
  }

  get #remembered() {
    try {
      return sessionStorage.getItem(this.#key);
    } catch {
      return null;
    }
  }
}
