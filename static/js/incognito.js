/** A conversation that nobody is to remember: chosen before its first question, and marked as long as it lasts. */
import { byId } from "./dom.js";

export class Incognito {
  #on = false;
  #conversation = null;

  constructor({ allowed, onend }) {
    this.allowed = allowed;
    this.button = byId("incognito-button");
    this.button.addEventListener("click", () => (this.on = !this.#on));
    byId("incognito-end").addEventListener("click", onend);
  }

  /** Whether the next question begins one, or is in one. */
  get on() {
    return this.#conversation ? Boolean(this.#conversation.incognito) : this.#on;
  }

  set on(on) {
    this.#on = on;
    this.#draw({ asked: false });
  }

  /** `asked`: a question is on its way, so that it is too late to choose. */
  show(conversation, { asked }) {
    this.#conversation = conversation;
    this.#draw({ asked });
  }

  #draw({ asked }) {
    this.button.hidden = !this.allowed || Boolean(this.#conversation) || asked;
    this.button.setAttribute("aria-pressed", String(this.on));
    byId("composer").classList.toggle("incognito", this.on);
    byId("incognito-chip").hidden = !this.on;
    byId("incognito-end").hidden = !this.#conversation;
  }
}
