/** What the next question is asked with: assistant, collections and days. Kept for each conversation. */
import { Assistants } from "./assistants.js";
import { assistantIcon } from "./assistant-mark.js";
import { byId, h } from "./dom.js";
import { Narrow } from "./narrow.js";
import { t } from "./words.js";

export class Choices {
  #kept = new Map(); // conversation id, or null -> what was chosen and not yet asked with
  #current; // id of the conversation on the page; undefined before the first

  constructor({ data, onchange }) {
    const changed = () => {
      this.#keep();
      onchange();
    };
    this.assistants = new Assistants({ assistants: data.assistants, onchange: changed });
    this.narrow = new Narrow({ today: data.today, onchange: changed });
  }

  /** Fields of `protocol.ask`. */
  get wish() {
    return { assistant: this.assistants.chosen.id, ...this.narrow.wish };
  }

  get assistant() {
    return this.assistants.lost ? null : this.assistants.chosen;
  }

  get offered() {
    return this.assistants.offered;
  }

  choose(assistant) {
    this.assistants.choose(assistant);
    this.assistants.onchange();
  }

  /** Another conversation comes on the page: as it was left, or as its last question was asked. */
  show(conversation, messages) {
    const id = conversation?.id ?? null;
    if (id === this.#current) return;
    this.#current = id;
    const kept = this.#kept.get(id) ?? lastAsked(messages);
    this.assistants.choose(kept.assistant);
    this.narrow.set(kept);
  }

  /** The new chat has become this conversation. */
  began({ id }) {
    this.#kept.delete(null);
    this.#current = id;
    this.#keep();
  }

  /** A question that was not taken comes back, with what it was asked with. */
  restore({ assistant, within, as_of: day }) {
    const names = new Map(this.narrow.state.collections.map(({ id, name }) => [id, name]));
    const collections = (within?.collections ?? []).map((id) => ({ id, name: names.get(id) ?? t("a collection") }));
    this.narrow.set({ ...within, collections, as_of: day });
    if (assistant !== this.assistants.chosen.id) this.assistants.choose(this.offered.find(({ id }) => id === assistant) ?? null);
    this.#keep();
  }

  refused(code) {
    if (code === "assistant_gone") this.assistants.refused();
    if (code === "collection_gone") this.narrow.lost();
  }

  /** The assistant in the conversation's head: the one that was asked last, else the one that is chosen. */
  draw(conversation) {
    const shown = conversation ? conversation.assistant : this.assistants.chosen.id && this.assistants.chosen;
    const head = byId("title-assistant");
    head.hidden = !shown;
    head.replaceChildren(...(shown ? [assistantIcon(shown), h("bdi", {}, shown.name)] : []));
  }

  #keep() {
    this.#kept.set(this.#current ?? null, { ...this.narrow.state, assistant: this.assistants.chosen.id && this.assistants.chosen });
  }
}

export function lastAsked(messages) {
  const last = messages.filter(({ role }) => role === "answer").at(-1);
  return { ...last?.asked_with, assistant: last?.asked_with?.assistant ?? null, as_of: last?.as_of ?? null };
}
