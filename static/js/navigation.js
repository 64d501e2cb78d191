/** Going from one conversation to another without loading the page. Without scripts the same links load it. */
import { chooseBranch, getConversation } from "./api.js";
import { toast } from "./toast.js";
import { t } from "./words.js";

export class Navigation {
  #loading = null;

  /** `show(conversation, messages, found, {quiet})` puts a conversation on the page, at the message that was found in it. */
  constructor({ data, show, beforeLeave, onchoice }) {
    Object.assign(this, { show, beforeLeave, onchoice });
    this.home = data.urls.chat;
    document.addEventListener("click", (event) => this.#clicked(event));
    addEventListener("popstate", () => this.#open(idIn(location.pathname)));
  }

  newChat() {
    this.#go(null);
  }

  /** `quiet` leaves the focus where it is, for those who leaf through. */
  go(id, { quiet = false } = {}) {
    this.#go(id, null, { quiet });
  }

  /** The new chat on the page has become a conversation. */
  began({ id }) {
    history.pushState(null, "", this.#path(id));
  }

  #path(id) {
    return id ? `${this.home}${id}/` : this.home;
  }

  #clicked(event) {
    const link = event.target.closest("a[data-conversation]");
    if (!link || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    this.onchoice();
    this.#go(link.dataset.conversation || null, link.dataset.found);
  }

  #go(id, found, options) {
    history.pushState(null, "", this.#path(id));
    this.#open(id, found, options);
  }

  async #open(id, found, options) {
    this.beforeLeave();
    this.#loading?.abort();
    if (!id) return this.show(null, []);
    const loading = (this.#loading = new AbortController());
    try {
      let { conversation, messages } = await getConversation(id, loading.signal);
      // What was found may stand in a branch that is not shown.
      if (found && !messages.some((item) => item.id === found)) ({ conversation, messages } = await chooseBranch(found));
      if (!loading.signal.aborted) this.show(conversation, messages, found, options);
    } catch (error) {
      if (error.name !== "AbortError") toast(error.message, { label: t("Try again"), run: () => this.#open(id, found, options) });
    }
  }
}

const idIn = (path) => /^\/chat\/([0-9a-f-]{36})\/$/.exec(path)?.[1] ?? null;
