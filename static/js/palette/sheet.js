/** The sheet of shortcuts, made from the table that the keys work by; and the switch for plain characters. */
import { h } from "../dom.js";
import { parse, plainKeys, spelt } from "../shortcuts.js";
import { t } from "../words.js";

export function openSheet(commands) {
  const opener = document.activeElement;
  const groups = grouped(commands);
  const box = h("input", { type: "checkbox", checked: plainKeys.on, onchange: () => ((plainKeys.on = box.checked), draw()) });
  const tables = h("div", { class: "keys-groups" });
  const draw = () => tables.replaceChildren(...[...groups].map(([name, rows]) => table(name, rows)));
  const element = h(
    "dialog",
    { class: "dialog keys-dialog", "aria-labelledby": "keys-heading" },
    h("h2", { id: "keys-heading" }, t("Keyboard shortcuts")),
    h("label", { class: "keys-switch" }, box, h("span", {}, t("Keys without Ctrl or Alt work outside of text fields"), h("span", { class: "hint" }, t("Switch them off if you use speech input, or touch keys by chance. The others go on working.")))),
    tables,
    h("div", { class: "dialog-foot" }, h("button", { type: "button", class: "button primary", onclick: () => element.close() }, t("Close"))),
  );
  draw();
  element.addEventListener("close", () => {
    element.remove();
    if (opener?.isConnected) opener.focus();
  });
  document.body.append(element);
  element.showModal();
}

function grouped(commands) {
  const groups = new Map();
  for (const command of commands.filter(({ keys }) => keys)) groups.set(command.group, [...(groups.get(command.group) ?? []), command]);
  return groups;
}

function table(name, commands) {
  return h("section", {}, h("h3", {}, name), h("dl", {}, commands.map((command) => h("div", {}, h("dt", {}, command.label), h("dd", {}, alternatives(command))))));
}

function alternatives({ keys, run }) {
  const usable = keys.filter((each) => !run || plainKeys.on || !parse(each).plain);
  if (!usable.length) return h("span", { class: "hint" }, t("switched off"));
  return usable.flatMap((each, at) => [at ? h("span", { class: "hint" }, t("or")) : null, h("span", { class: "keys" }, spelt(each).map((key) => h("kbd", {}, key)))]);
}
