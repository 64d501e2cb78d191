/** An assistant's picture, and where a conversation with one is listed. */
import { h, icon } from "./dom.js";
import { t } from "./words.js";

export const assistantIcon = ({ icon: name }) => icon(`assistant-${name || "spark"}`);

/** Before the title of a conversation's row; drawn anew only when it is another one. */
export function markAssistant(row, assistant) {
  const mark = row.querySelector(":scope > .assistant-mark");
  const key = assistant ? `${assistant.icon} ${assistant.name}` : "";
  if ((mark?.dataset.key ?? "") === key) return;
  mark?.remove();
  if (!assistant) return;
  const label = t("Assistant: {name}", { name: assistant.name });
  row.prepend(h("span", { class: "assistant-mark", title: label, role: "img", "aria-label": label, dataset: { key } }, assistantIcon(assistant)));
}
