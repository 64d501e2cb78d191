/** Search over one's own messages: the results take the place of the list of conversations while something is looked for. */
import { announce } from "./announcer.js";
import { searchConversations } from "./api.js";
import { byId, h } from "./dom.js";
import { n, t } from "./words.js";

const TYPING = 180;

export class Search {
  #timer = null;
  #loading = null;

  constructor() {
    this.field = byId("search");
    this.results = byId("search-results");
    this.field.addEventListener("input", () => this.#soon());
    this.field.addEventListener("keydown", (event) => this.#key(event));
    this.results.addEventListener("keydown", (event) => this.#key(event));
    byId("search-form").addEventListener("submit", (event) => event.preventDefault());
  }

  focus() {
    this.field.focus();
    this.field.select();
  }

  #soon() {
    clearTimeout(this.#timer);
    this.#loading?.abort();
    const query = this.field.value.trim();
    if (query.length < 2) return this.#show(null);
    this.#timer = setTimeout(() => this.#find(query), TYPING);
  }

  async #find(query) {
    const loading = (this.#loading = new AbortController());
    try {
      let found = await searchConversations(query, loading.signal);
      this.#show(found.items, query, found.more);
      // Messages of long ago are made searchable piece by piece, the first time.
      while (found.more) found = await searchConversations(query, loading.signal);
      this.#show(found.items, query);
      announce(counted(found.items.length));
    } catch (error) {
      if (error.name !== "AbortError") this.#say(error.message);
    }
  }

  #show(items, query = "", more = false) {
    this.results.hidden = items === null;
    byId("conversations").hidden = items !== null;
    if (items === null) return this.results.replaceChildren();
    if (more) return this.#say(t("Searching…"));
    if (!items.length) return this.#say(t("Nothing in your conversations says “{query}”.", { query }));
    this.results.replaceChildren(h("ul", {}, items.map(result)));
  }

  #say(words) {
    this.results.hidden = false;
    byId("conversations").hidden = true;
    this.results.replaceChildren(h("p", { class: "conversations-empty", dir: "auto" }, words));
  }

  #key(event) {
    const links = [...this.results.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement);
    if (event.key === "Escape" && (this.field.value || at >= 0)) {
      event.preventDefault(); // else the drawer would close
      this.field.value = "";
      this.#soon();
      this.field.focus();
    } else if (event.key === "ArrowDown" && links.length) {
      event.preventDefault();
      links[Math.min(at + 1, links.length - 1)].focus();
    } else if (event.key === "ArrowUp" && at >= 0) {
      event.preventDefault();
      (links[at - 1] ?? this.field).focus();
    }
  }
}

const counted = (count) => (count ? n("{count} conversation found", "{count} conversations found", count) : t("No conversations found"));

function result({ conversation, title, message, snippet }) {
  return h(
    "li",
    {},
    h(
      "a",
      { class: "search-result", href: `/chat/${conversation}/`, dataset: { conversation, ...(message && { found: message }) } },
      h("span", { class: "search-title", dir: "auto" }, title.map(piece)),
      snippet.length ? h("span", { class: "search-snippet", dir: "auto" }, snippet.map(piece)) : null,
    ),
  );
}

const piece = ({ text, mark }) => (mark ? h("mark", {}, text) : text);
