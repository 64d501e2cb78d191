/** The command palette: type a few letters, Enter goes there or does it. A combobox over a list, in a dialog. */
import { assistantIcon } from "../assistant-mark.js";
import { h, icon } from "../dom.js";
import { jumpTargets } from "../rail/api.js";
import { spelt } from "../shortcuts.js";
import { n, t } from "../words.js";
import { best } from "./fuzzy.js";

const TYPING = 120;
const MOST = { conversations: 8, assistants: 8, commands: 8, all: 40 };

export const openPalette = (commands, page) => new Palette(commands, page).open();

class Palette {
  #options = []; // {key, label, run, …} in the order in which they are shown
  #active = 0;
  #found = { conversations: [], documents: [] };
  #loading = null;
  #timer = null;

  constructor(commands, page) {
    this.page = page;
    this.commands = commands.filter(({ run, when, hidden }) => run && !hidden && (!when || when()));
    this.opener = document.activeElement;
    this.field = h("input", {
      class: "palette-field",
      role: "combobox",
      "aria-label": t("Go to a conversation, assistant or document, or do something"),
      "aria-expanded": "true",
      "aria-controls": "palette-list",
      "aria-autocomplete": "list",
      autocomplete: "off",
      spellcheck: "false",
      maxlength: "200",
      placeholder: t("Conversation, assistant, document or action"),
      dir: "auto",
    });
    this.list = h("div", { class: "palette-list", id: "palette-list", role: "listbox", "aria-label": t("Found") });
    this.status = h("p", { class: "visually-hidden", role: "status" });
    this.nothing = h("p", { class: "palette-nothing", hidden: true });
    this.closer = h("button", { type: "button", class: "icon-button small", "aria-label": t("Close"), onclick: () => this.element.close() }, icon("close"));
    const head = h("div", { class: "palette-head" }, icon("search"), this.field, this.closer);
    this.element = h("dialog", { class: "palette", "aria-label": t("Go to or do anything") }, head, this.list, this.nothing, this.status);
  }

  open() {
    document.body.append(this.element);
    this.field.addEventListener("input", () => this.#typed());
    this.element.addEventListener("keydown", (event) => this.#key(event));
    this.element.addEventListener("click", (event) => event.target === this.element && this.element.close());
    this.list.addEventListener("click", (event) => this.#choose(this.#optionAt(event.target)));
    this.list.addEventListener("pointermove", (event) => this.#optionAt(event.target) >= 0 && this.#activate(this.#optionAt(event.target)));
    this.element.addEventListener("close", () => this.#closed());
    this.#draw();
    this.element.showModal();
    this.field.focus();
  }

  #closed() {
    clearTimeout(this.#timer);
    this.#loading?.abort();
    this.element.remove();
    if (this.chosen) this.chosen.run();
    else if (this.opener?.isConnected) this.opener.focus();
  }

  #typed() {
    clearTimeout(this.#timer);
    this.#loading?.abort();
    this.#active = 0;
    this.#draw();
    if (this.field.value.trim()) this.#timer = setTimeout(() => this.#find(this.field.value), TYPING);
  }

  /** What the page does not know by itself: older conversations, and documents that may be read now. */
  async #find(query) {
    const loading = (this.#loading = new AbortController());
    try {
      const found = await jumpTargets(query, loading.signal);
      if (loading.signal.aborted) return;
      this.#found = found;
      this.#draw();
      this.status.textContent = n("{count} result", "{count} results", this.#options.length);
    } catch (error) {
      if (error.name !== "AbortError") this.status.textContent = error.message;
    }
  }

  #groups() {
    const query = this.field.value;
    const label = ({ label: words }) => words;
    const conversations = best(query, this.#conversations(), label, MOST.conversations);
    const assistants = query.trim() ? best(query, this.#assistants(), label, MOST.assistants) : [];
    const documents = query.trim() ? best(query, this.#found.documents.map(documentOption), ({ label: words, name }) => `${words} ${name}`, MOST.all) : [];
    const commands = best(query, this.commands.map(commandOption), label, query.trim() ? MOST.commands : MOST.all);
    return [
      [t("Conversations"), query.trim() ? conversations : conversations.slice(0, 5)],
      [t("Assistants"), assistants],
      [t("Documents"), documents],
      [t("Actions"), commands],
    ].filter(([, options]) => options.length);
  }

  /** Those in the sidebar, and those that the server has found beside them. */
  #conversations() {
    const { rail, navigation } = this.page;
    const known = rail.list.items;
    const others = this.#found.conversations.filter(({ id }) => !rail.list.get(id));
    return [...known, ...others].map(({ id, title, archived }) => ({
      key: id,
      label: title,
      icon: archived ? "archive" : "chat",
      run: () => (this.page.drawer.closeIfNarrow(), navigation.go(id)),
    }));
  }

  /** Going to one is a new chat with it. */
  #assistants() {
    const { choices, navigation, composer, drawer, thread } = this.page;
    if (choices.offered.length < 2) return [];
    const begin = () => (thread.conversation || !thread.empty) && navigation.newChat();
    return choices.offered.map((item) => ({
      key: `assistant-${item.id}`,
      label: item.name,
      about: item.description,
      picture: assistantIcon(item),
      run: () => (drawer.closeIfNarrow(), begin(), choices.choose(item), composer.focus()),
    }));
  }

  #draw() {
    const active = this.#options[this.#active]?.key;
    const groups = this.#groups();
    this.#options = groups.flatMap(([, options]) => options);
    this.#active = Math.max(0, active ? this.#options.findIndex(({ key }) => key === active) : 0);
    let at = 0;
    this.list.replaceChildren(
      ...groups.map(([name, options], number) =>
        h(
          "div",
          { role: "group", "aria-labelledby": `palette-group-${number}` },
          h("div", { class: "palette-group", id: `palette-group-${number}`, role: "presentation" }, name),
          options.map((option) => row(option, at++)),
        ),
      ),
    );
    this.nothing.hidden = this.#options.length > 0;
    this.nothing.textContent = t("Nothing is called that.");
    this.#activate(this.#active);
  }

  #activate(at) {
    this.list.querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false");
    const element = this.list.querySelector(`[data-at="${at}"]`);
    this.#active = at;
    if (!element) return this.field.removeAttribute("aria-activedescendant");
    element.setAttribute("aria-selected", "true");
    element.scrollIntoView({ block: "nearest" });
    this.field.setAttribute("aria-activedescendant", element.id);
  }

  #optionAt(target) {
    return Number(target.closest("[data-at]")?.dataset.at ?? -1);
  }

  #key(event) {
    if (event.isComposing) return;
    const last = this.#options.length - 1;
    const moves = { ArrowDown: this.#active < last ? this.#active + 1 : 0, ArrowUp: this.#active > 0 ? this.#active - 1 : last, PageDown: Math.min(last, this.#active + 8), PageUp: Math.max(0, this.#active - 8) };
    const again = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k";
    if (event.key in moves && last >= 0) this.#activate(moves[event.key]);
    else if (event.key === "Enter" && event.target === this.field) this.#choose(this.#active);
    else if (event.key === "Tab") (event.target === this.field ? this.closer : this.field).focus(); // stays inside
    else if (again) this.element.close();
    else return;
    event.preventDefault();
  }

  /** It is done after the dialog has closed, so that it can take the focus. */
  #choose(at) {
    const option = this.#options[at];
    if (!option) return;
    this.chosen = option;
    this.element.close();
  }
}

const commandOption = ({ id, label, icon: name, keys, run }) => ({ key: `do-${id}`, label, icon: name, keys, run });

const documentOption = ({ title, name, collection, url }) => ({
  key: url,
  label: title,
  name,
  about: collection,
  icon: "documents",
  run: () => (url.includes("?open") ? open(url, "_blank", "noopener") : location.assign(url)),
});

function row({ label, about, icon: name, picture, keys }, at) {
  return h(
    "div",
    { class: "palette-option", role: "option", id: `palette-option-${at}`, "data-at": String(at), "aria-selected": "false" },
    picture ?? icon(name),
    h("span", { class: "palette-label", dir: "auto" }, label),
    about ? h("span", { class: "palette-about", dir: "auto" }, about) : null,
    keys ? h("span", { class: "palette-keys", "aria-hidden": "true" }, spelt(keys[0]).map((key) => h("kbd", {}, key))) : null,
  );
}
