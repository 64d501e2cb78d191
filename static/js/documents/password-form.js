/** For a protected file: its password, which is kept encrypted and shown nowhere. */
import { h } from "../dom.js";
import * as api from "./api.js";
import { t } from "../words.js";

export function passwordForm(item, onchanged) {
  const input = h("input", { type: "password", id: "document-password", autocomplete: "off", required: true });
  const problem = h("p", { class: "doc-error", role: "alert" });
  const form = h("form", { class: "panel-form" }, h("label", { for: "document-password" }, t("Password of the file")), h("div", {}, input, h("button", { class: "button small primary" }, t("Read it"))), problem);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    problem.textContent = "";
    try {
      onchanged((await api.givePassword(item.id, input.value)).items);
    } catch (error) {
      problem.textContent = error.message;
    }
  });
  return form;
}
