/** What was typed and not sent, for each conversation. Kept in this tab, for this person. */
export class Drafts {
  constructor(storage, person) {
    this.storage = storage;
    this.prefix = `colloquy.draft.${person}.`;
  }

  get(conversation) {
    try {
      return this.storage.getItem(this.#key(conversation)) ?? "";
    } catch {
      return "";
    }
  }

  set(conversation, text) {
    try {
      if (text) this.storage.setItem(this.#key(conversation), text);
      else this.storage.removeItem(this.#key(conversation));
    } catch {
      // Full or forbidden storage: the text is still in the field.
    }
  }

  #key(conversation) {
    return this.prefix + (conversation ?? "new");
  }
}
