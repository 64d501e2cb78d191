/** One's saved prompts: use, add, change and delete them. Those of the organisation are shown, and tended by its admins. */
import { h, iconButton } from "../dom.js";
import { t } from "../words.js";
import { deletePrompt, restorePrompt, savePrompt } from "./api.js";

export const promptsDialog = (prompts) => new PromptsDialog(prompts).open();

class PromptsDialog {
  #body = h("div", { class: "prompts-body" }, h("p", { class: "hint" }, t("Loading…")));
  #status = h("p", { class: "prompts-status", role: "status" });
  #error = h("p", { class: "dialog-error", role: "alert" });

  constructor(prompts) {
    this.prompts = prompts;
    this.opener = document.activeElement;
    this.element = h(
      "dialog",
      { class: "dialog prompts-dialog", "aria-labelledby": "prompts-heading" },
      h("h2", { id: "prompts-heading" }, t("Saved prompts")),
      h("p", { class: "hint" }, t("Type / in an empty question field to use one. What stands in {braces} is filled in then; Tab goes from one to the next.")),
      this.#status,
      this.#error,
      this.#body,
    );
  }

  async open() {
    document.body.append(this.element);
    this.element.addEventListener("close", () => {
      this.element.remove();
      if (this.used) this.prompts.use(this.used.text);
      else if (this.opener?.isConnected) this.opener.focus();
    });
    this.element.showModal();
    try {
      this.items = await this.prompts.load();
      this.#drawList();
    } catch (error) {
      this.#error.textContent = error.message;
    }
  }

  #drawList() {
    const own = this.items.filter((item) => item.own);
    const offered = this.items.filter((item) => !item.own);
    const add = h("button", { type: "button", class: "button primary", "data-new": "", onclick: () => this.#drawForm({ name: "", text: "" }) }, t("New prompt"));
    const parts = [
      own.length ? this.#section(t("Your own"), own) : h("p", { class: "prompts-empty" }, t("You have saved no prompt yet. Save what you ask again and again.")),
      offered.length ? this.#section(t("For everybody in your organisation"), offered) : null,
      h("div", { class: "dialog-foot" }, add, h("button", { type: "button", class: "button", onclick: () => this.element.close() }, t("Done"))),
    ];
    this.#body.replaceChildren(...parts.filter(Boolean));
    if (!this.element.contains(document.activeElement) || document.activeElement === this.element) add.focus();
  }

  #section(name, items) {
    return h("section", {}, h("h3", {}, name), h("ul", { class: "prompts-list" }, items.map((item) => this.#entry(item))));
  }

  #entry(item) {
    const { name, text, own } = item;
    const use = () => ((this.used = item), this.element.close());
    return h(
      "li",
      { class: "prompts-entry", dataset: { prompt: item.id } },
      h("button", { type: "button", class: "prompts-use", "aria-label": t("Use {name}", { name }), onclick: use }, h("span", { class: "prompt-name", dir: "auto" }, name), h("span", { class: "prompt-text", dir: "auto" }, text.slice(0, 200))),
      own ? iconButton("edit", t("Edit {name}", { name }), { class: "icon-button small", onclick: () => this.#drawForm(item) }) : null,
      own ? iconButton("trash", t("Delete {name}", { name }), { class: "icon-button small", onclick: () => this.#delete(item) }) : null,
    );
  }

  #drawForm({ id = null, name, text }) {
    this.#say("");
    const back = () => {
      this.#drawList();
      this.element.querySelector(id ? `[data-prompt="${CSS.escape(id)}"] .icon-button` : "[data-new]")?.focus();
    };
    const save = async (event) => {
      event.preventDefault();
      const form = new FormData(event.currentTarget);
      if (await this.#run(() => savePrompt({ id, name: form.get("name"), text: form.get("text") }))) back();
    };
    const escape = (event) => {
      if (event.key !== "Escape" || event.isComposing) return;
      event.preventDefault(); // else the dialog would close
      back();
    };
    const form = h(
      "form",
      { onsubmit: save, onkeydown: escape },
      h("label", { class: "dialog-field" }, h("span", {}, t("Name")), h("input", { class: "text-input", name: "name", value: name, maxlength: "60", required: true, autocomplete: "off", dir: "auto" })),
      h("label", { class: "dialog-field" }, h("span", {}, t("Text")), h("textarea", { class: "text-input", name: "text", rows: "7", maxlength: "8000", required: true, dir: "auto" }, text)),
      h("p", { class: "hint" }, t("For example: Write a reply to {customer} about {topic}.")),
      h("div", { class: "dialog-foot" }, h("button", { class: "button primary" }, t("Save")), h("button", { type: "button", class: "button", onclick: back }, t("Cancel"))),
    );
    this.#body.replaceChildren(form);
    form.elements.name.focus();
  }

  async #delete(item) {
    if (!(await this.#run(() => deletePrompt(item.id)))) return;
    this.#drawList();
    const undo = async () => {
      if (!(await this.#run(() => restorePrompt(item.id)))) return;
      this.#drawList();
      this.element.querySelector(`[data-prompt="${CSS.escape(item.id)}"] button`)?.focus();
    };
    const button = h("button", { type: "button", class: "button small", onclick: undo }, t("Undo"));
    this.#say(h("span", { dir: "auto" }, t("“{name}” is deleted.", { name: item.name })), button);
    button.focus();
  }

  #say(...words) {
    this.#status.replaceChildren(...words);
  }

  /** Whether the server has done it; what is left is shown. */
  async #run(call) {
    this.#error.textContent = "";
    this.#say("");
    try {
      this.items = this.prompts.items = (await call()).items;
      return true;
    } catch (error) {
      this.#error.textContent = error.message;
      return false;
    }
  }
}
