/**
 * Questions that wait until the answer before them has ended. They are kept in this tab like a draft, so that a reload
 * loses none; each has its client_id from the beginning, so that none is asked twice.
 */
import { announce } from "./announcer.js";
import { h, icon, iconButton } from "./dom.js";
import { t } from "./words.js";

export class Queue {
  #items; // {client_id, conversation, text, as_of, attached}

  /** `giveBack` puts one back into the composer; `sendNow` asks one although the answer before it failed. */
  constructor({ element, storage, key, giveBack, sendNow }) {
    Object.assign(this, { element, storage, key, giveBack, sendNow });
    this.#items = this.#read();
  }

  add(item) {
    this.#items.push(item);
    this.#write();
    announce(t("Your question waits until the answer has ended"));
  }

  /** Ids of the files that go with what waits. */
  get files() {
    return new Set(this.#items.flatMap((item) => (item.attached ?? []).map(({ id }) => id)));
  }

  get size() {
    return this.#items.length;
  }

  of(conversation) {
    return this.#items.filter((item) => item.conversation === (conversation ?? null));
  }

  /** The one to be asked next in the conversation; it leaves the queue. */
  take(conversation, clientId = this.of(conversation)[0]?.client_id) {
    const item = this.#items.find((each) => each.client_id === clientId);
    this.#items = this.#items.filter((each) => each !== item);
    if (item) this.#write();
    return item;
  }

  /** A new conversation has got its id. */
  began(conversation) {
    for (const item of this.#items) item.conversation ??= conversation;
    this.#write();
  }

  /** Of the conversation on the page; `held` when the answer before them failed, so that they wait for a word. */
  draw(conversation, { held }) {
    const items = this.of(conversation);
    this.element.hidden = items.length === 0;
    this.element.replaceChildren(...items.map((item, place) => this.#row(item, place, items.length, held)));
  }

  #row(item, place, count, held) {
    const back = () => (this.take(null, item.client_id), this.giveBack(item));
    const away = () => (this.take(null, item.client_id), this.draw(item.conversation, { held }), announce(t("Question removed")), this.giveBack(null));
    const words = held ? t("Not sent yet") : count > 1 ? t("Waiting, {number} of {count}", { number: place + 1, count }) : t("Waiting for the answer to end");
    return h(
      "li",
      { class: "queued", "data-queued": item.client_id },
      icon(held ? "alert" : "clock"),
      h("div", { class: "queued-words" }, h("p", { class: "queued-state" }, words), h("p", { class: "queued-text", dir: "auto" }, item.text)),
      held && place === 0 ? h("button", { type: "button", class: "button small", onclick: () => this.sendNow(item) }, t("Send now")) : null,
      iconButton("edit", t("Edit this waiting question"), { class: "icon-button small", onclick: back }),
      iconButton("close", t("Do not ask this question"), { class: "icon-button small", onclick: away }),
    );
  }

  #read() {
    try {
      const items = JSON.parse(this.storage.getItem(this.key) ?? "[]");
      return Array.isArray(items) ? items.filter((item) => typeof item?.client_id === "string" && typeof item.text === "string") : [];
    } catch {
      return [];
    }
  }

  #write() {
    try {
      this.storage.setItem(this.key, JSON.stringify(this.#items));
    } catch {
      // Full or forbidden storage: they still wait in this page.
    }
  }
}
