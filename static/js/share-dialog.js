/** Shares a conversation: its link, who can open it, up to when it shows the conversation, and withdrawing it. */
import * as api from "./api.js";
import { copy } from "./copy.js";
import { fullDate } from "./dates.js";
import { h, icon } from "./dom.js";
import { toast } from "./toast.js";
import { t } from "./words.js";

export async function shareDialog({ id, title }, { tenant, opener }) {
  let state;
  try {
    state = await api.getShare(id);
  } catch (error) {
    return toast(error.message);
  }
  new ShareDialog({ id, title, tenant, state }).open(opener);
}

class ShareDialog {
  #body = h("div", {});
  #error = h("p", { class: "dialog-error", role: "alert" });

  constructor({ id, title, tenant, state }) {
    Object.assign(this, { id, tenant, state });
    this.element = h(
      "dialog",
      { class: "dialog share-dialog", "aria-labelledby": "share-title" },
      h("form", { onsubmit: (event) => this.#submit(event) }, h("h2", { id: "share-title", dir: "auto" }, t("Share “{title}”", { title })), this.#body, this.#error),
    );
  }

  open(opener) {
    document.body.append(this.element);
    this.element.addEventListener("close", () => {
      this.element.remove();
      if (opener?.isConnected) opener.focus();
    });
    this.#draw();
    this.element.showModal();
  }

  #draw() {
    const { allowed, share } = this.state;
    this.#error.textContent = "";
    if (!allowed) return this.#body.replaceChildren(...this.#switchedOff());
    const parts = [
      share ? this.#link() : null,
      this.#audience(),
      h("p", { class: "hint" }, t("Each reader sees only the answers whose sources they may read themselves. Your questions are shown as you wrote them.")),
      this.#foot(share ? t("Save") : t("Create link")),
    ];
    this.#body.replaceChildren(...parts.filter(Boolean));
  }

  #switchedOff() {
    const words = this.state.share ? t("Your organisation does not allow sharing any more. The link does not open.") : t("Your organisation does not allow sharing conversations.");
    return [h("p", {}, words), this.#foot(null)];
  }

  #link() {
    const { url, shown_until: until, newer } = this.state.share;
    const field = h("input", { class: "share-link", readonly: true, value: url, "aria-label": t("Link"), onfocus: () => field.select() });
    const button = h("button", { type: "button", class: "button", onclick: () => this.#copy(url, button) }, icon("copy"), h("span", {}, t("Copy")));
    return h(
      "div",
      { class: "share-state" },
      h("div", { class: "share-row" }, field, button),
      h("p", { class: "hint" }, t("Shows the conversation as it was on {date}.", { date: fullDate(until) })),
      newer ? h("button", { type: "button", class: "button small", onclick: () => this.#run(api.updateShare) }, icon("retry"), t("Show what has come since")) : null,
    );
  }

  async #copy(url, button) {
    await copy(url);
    button.querySelector("span").textContent = t("Copied");
    button.querySelector("use").setAttribute("href", "#icon-check");
  }

  #audience() {
    const { share, groups } = this.state;
    const everyone = share?.everyone ?? true;
    const named = h(
      "div",
      { class: "share-named", hidden: everyone },
      h(
        "label",
        { class: "dialog-field" },
        h("span", {}, t("E-mail addresses of colleagues")),
        h("textarea", { name: "people", rows: "2", autocomplete: "off", spellcheck: "false" }, (share?.people ?? []).join("\n")),
      ),
      groups.length
        ? h("fieldset", { class: "share-groups" }, h("legend", {}, t("Your groups")), groups.map(({ id, name }) => choice("checkbox", "groups", id, name, share?.groups.includes(id))))
        : null,
    );
    return h(
      "fieldset",
      { class: "share-audience", onchange: ({ target }) => target.name === "audience" && (named.hidden = target.value === "everyone") },
      h("legend", {}, t("Who can open the link")),
      choice("radio", "audience", "everyone", t("Everyone at {organisation}", { organisation: this.tenant }), everyone),
      choice("radio", "audience", "named", t("Only people and groups I name"), !everyone),
      named,
    );
  }

  #foot(save) {
    const { share } = this.state;
    return h(
      "div",
      { class: "dialog-foot" },
      save ? h("button", { class: "button primary" }, save) : null,
      h("button", { type: "button", class: "button", onclick: () => this.element.close() }, t("Close")),
      share ? h("button", { type: "button", class: "button danger", onclick: () => this.#withdraw() }, t("Withdraw link")) : null,
    );
  }

  async #submit(event) {
    event.preventDefault();
    const form = new FormData(event.target);
    const people = form.get("people").split(/[\s,;]+/).filter(Boolean);
    await this.#run((id) => api.saveShare(id, { everyone: form.get("audience") === "everyone", people, groups: form.getAll("groups") }));
    this.element.querySelector(".share-link")?.focus();
  }

  async #withdraw() {
    await this.#run(api.withdrawShare);
    if (!this.state.share) {
      this.element.close();
      toast(t("The link has been withdrawn."));
    }
  }

  async #run(call) {
    try {
      this.state = await call(this.id);
      this.#draw();
    } catch (error) {
      this.#error.textContent = error.message;
    }
  }
}

const choice = (type, name, value, words, checked) =>
  h("label", { class: "share-choice" }, h("input", { type, name, value, checked: Boolean(checked) }), h("span", { dir: "auto" }, words));
