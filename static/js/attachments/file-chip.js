/** One file of a conversation as people see it: its name, how far it is, what went wrong, what can be done. */
import { h, icon, iconButton } from "../dom.js";
import { t } from "../words.js";

const STAGES = {
  "Reading the file": () => t("Reading the file"),
  "Cutting into passages": () => t("Cutting into passages"),
  "Understanding the passages": () => t("Understanding the passages"),
  Publishing: () => t("Almost ready"),
  "Waiting to try again": () => t("Waiting to try again"),
};

/** `item` is the server's, or {state: "sending", percent, name} of one on its way. */
export function stateInWords(item) {
  if (item.state === "sending") return t("Sending, {percent} %", { percent: item.percent });
  if (item.state === "failed" || item.state === "refused") return item.error || t("This file could not be read.");
  if (item.state === "gone") return t("Removed");
  if (item.state === "canceled") return t("Stopped");
  if (item.busy) return STAGES[item.label]?.() ?? t("Waiting");
  return t("Ready");
}

/** Without `onremove` it is one of a question that was sent, and leads to the file. */
export function fileChip(item, { onremove, onretry } = {}) {
  const wrong = item.state === "failed" || item.state === "refused";
  const working = item.busy || item.state === "sending";
  const name = item.url && !onremove ? h("a", { href: item.url, class: "file-name", dir: "auto" }, item.name) : h("span", { class: "file-name", dir: "auto" }, item.name);
  return h(
    "li",
    { class: `file-chip${wrong ? " wrong" : ""}`, "data-state": item.state },
    icon(wrong ? "alert" : "file"),
    h("span", { class: "file-words" }, name, !onremove && !wrong && !working && item.state === "ready" ? null : h("span", { class: "file-state" }, stateInWords(item))),
    wrong && onretry && item.retryable !== false ? iconButton("retry", t("Try {name} again", { name: item.name }), { class: "icon-button small", onclick: onretry }) : null,
    onremove && iconButton("close", t("Remove {name}", { name: item.name }), { class: "icon-button small", onclick: onremove }),
    working ? h("progress", { max: 100, value: item.percent, "aria-label": item.name }) : null,
  );
}
