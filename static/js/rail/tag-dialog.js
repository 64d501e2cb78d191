/** Which tags a conversation has, and the tags themselves: new ones, other names and colours, and their end. */
import { h, iconButton } from "../dom.js";
import { t } from "../words.js";
import { deleteTag, saveTag, tagConversation } from "./api.js";

/** `item` null: only the tags themselves. */
export const tagDialog = (options) => new TagDialog(options).open();

class TagDialog {
  #list = h("ul", { class: "tag-list" });
  #error = h("p", { class: "dialog-error", role: "alert" });

  constructor({ rail, item, opener }) {
    Object.assign(this, { rail, item, opener });
    const heading = item ? t("Tags of “{title}”", { title: item.title }) : t("Your tags");
    this.element = h(
      "dialog",
      { class: "dialog", "aria-labelledby": "tags-heading" },
      h("h2", { id: "tags-heading", dir: "auto" }, heading),
      this.#list,
      this.#error,
      this.#newTag(),
      h("div", { class: "dialog-foot" }, h("button", { type: "button", class: "button", onclick: () => this.element.close() }, t("Done"))),
    );
  }

  open() {
    document.body.append(this.element);
    this.element.addEventListener("close", () => {
      this.element.remove();
      if (this.opener?.isConnected) this.opener.focus();
    });
    this.#draw();
    this.element.showModal();
  }

  get #chosen() {
    return this.rail.list.get(this.item.id)?.tags ?? this.item.tags ?? [];
  }

  #draw() {
    const { tags } = this.rail;
    this.#list.replaceChildren(...tags.map((tag) => this.#entry(tag)));
    if (!tags.length) this.#list.append(h("li", { class: "hint" }, t("You have no tags yet. Give the first one a name and a colour.")));
  }

  #entry(tag) {
    const entry = h("li", { class: "tag-entry", dataset: { tag: tag.id } });
    const named = [h("span", { class: "tag-dot", "data-colour": tag.colour }), h("span", { class: "tag-name", dir: "auto" }, tag.name)];
    const edit = iconButton("edit", t("Edit {name}", { name: tag.name }), { class: "icon-button small", onclick: () => this.#edit(entry, tag) });
    if (!this.item) entry.append(h("span", { class: "tag-label" }, named), edit);
    else {
      const box = h("input", { type: "checkbox", checked: this.#chosen.includes(tag.id), onchange: () => this.#set(tag.id, box) });
      entry.append(h("label", { class: "tag-label" }, box, named), edit);
    }
    return entry;
  }

  #edit(entry, tag) {
    const form = this.#form(tag, t("Save"), async (fields) => {
      if (await this.#run(() => saveTag({ id: tag.id, ...fields }))) this.#focusEdit(tag.id);
    });
    const sure = h("button", { type: "button", class: "button small danger", onclick: () => this.#delete(tag) }, t("Delete for good"));
    const ask = h("button", { type: "button", class: "button small", onclick: () => (ask.replaceWith(sure), sure.focus()) }, t("Delete tag"));
    const back = () => (this.#draw(), this.#focusEdit(tag.id));
    form.querySelector(".tag-form-ends").append(ask, h("button", { type: "button", class: "button small", onclick: back }, t("Cancel")));
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault(); // else the dialog would close
      back();
    });
    entry.replaceChildren(form);
    form.elements.name.select();
  }

  #focusEdit(id) {
    this.#list.querySelector(`[data-tag="${CSS.escape(id)}"] .icon-button`)?.focus();
  }

  async #delete(tag) {
    if (await this.#run(() => deleteTag(tag.id))) this.element.querySelector(".tag-new input").focus();
  }

  #newTag() {
    const unused = () => this.rail.colours.find((colour) => !this.rail.tags.some((tag) => tag.colour === colour)) ?? this.rail.colours[0];
    const form = this.#form({ name: "", colour: unused() }, t("Add tag"), async (fields) => {
      const saved = await this.#run(() => saveTag(fields));
      if (!saved) return;
      form.reset();
      form.querySelector(`input[value=${unused()}]`).checked = true;
      form.elements.name.focus();
      if (this.item) await this.#run(() => tagConversation(this.item.id, [...this.#chosen, saved.saved]));
    });
    form.classList.add("tag-new");
    return form;
  }

  #form({ name, colour }, verb, onsubmit) {
    const submit = (event) => {
      event.preventDefault();
      const form = new FormData(event.currentTarget);
      onsubmit({ name: form.get("name"), colour: form.get("colour") });
    };
    return h(
      "form",
      { class: "tag-form", onsubmit: submit },
      h("label", { class: "dialog-field" }, h("span", {}, name ? t("Name") : t("New tag")), h("input", { class: "text-input", name: "name", value: name, maxlength: "40", required: true, autocomplete: "off", dir: "auto" })),
      h("fieldset", { class: "tag-colours" }, h("legend", { class: "visually-hidden" }, t("Colour")), this.rail.colours.map((each) => swatch(each, each === colour))),
      h("div", { class: "tag-form-ends" }, h("button", { class: "button small primary" }, verb)),
    );
  }

  async #set(tag, box) {
    const tags = box.checked ? [...this.#chosen, tag] : this.#chosen.filter((id) => id !== tag);
    if (await this.#run(() => tagConversation(this.item.id, tags))) this.#list.querySelector(`[data-tag="${CSS.escape(tag)}"] input`).focus();
  }

  /** The server's answer, taken into the sidebar and shown; null when it refused. */
  async #run(call) {
    this.#error.textContent = "";
    try {
      const answer = await call();
      if (answer.items) this.rail.tags = answer.items;
      else {
        this.item.tags = answer.tags;
        this.rail.handle({ type: "listed", item: answer });
      }
      this.#draw();
      return answer;
    } catch (error) {
      this.#error.textContent = error.message;
      this.#draw();
      return null;
    }
  }
}

const COLOURS = {
  grey: t("Grey"),
  red: t("Red"),
  orange: t("Orange"),
  yellow: t("Yellow"),
  green: t("Green"),
  teal: t("Teal"),
  blue: t("Blue"),
  purple: t("Purple"),
};

function swatch(colour, checked) {
  const words = COLOURS[colour] ?? colour;
  return h(
    "label",
    { class: "tag-swatch", title: words },
    h("input", { type: "radio", name: "colour", value: colour, checked }),
    h("span", { class: "tag-dot", "data-colour": colour }),
    h("span", { class: "visually-hidden" }, words),
  );
}
