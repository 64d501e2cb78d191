/** Going from one conversation to another without loading the page. Without scripts the same links load it. */
import { getConversation } from "./api.js";
import { toast } from "./toast.js";

export class Navigation {
  #loading = null;

  /** `show(conversation, messages)` puts a conversation on the page. */
  constructor({ data, show, beforeLeave, onchoice }) {
    Object.assign(this, { show, beforeLeave, onchoice });
    this.home = data.urls.chat;
    // A page opened on a conversation came without opening questions; a new chat then is a page of its own.
    this.canWelcome = data.conversation === null || data.suggestions.length > 0;
    document.addEventListener("click", (event) => this.#clicked(event));
    addEventListener("popstate", () => this.#open(idIn(location.pathname)));
  }

  newChat() {
    this.#go(null);
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
    this.#go(link.dataset.conversation || null);
  }

  #go(id) {
    if (!id && !this.canWelcome) return location.assign(this.home);
    history.pushState(null, "", this.#path(id));
    this.#open(id);
  }

  async #open(id) {
    this.beforeLeave();
    this.#loading?.abort();
    if (!id) return this.canWelcome ? this.show(null, []) : location.reload();
    const loading = (this.#loading = new AbortController());
    try {
      const { conversation, messages } = await getConversation(id, loading.signal);
      if (!loading.signal.aborted) this.show(conversation, messages);
    } catch (error) {
      if (error.name !== "AbortError") toast(error.message, { label: "Try again", run: () => this.#open(id) });
    }
  }
}

const idIn = (path) => /^\/chat\/([0-9a-f-]{36})\/$/.exec(path)?.[1] ?? null;
