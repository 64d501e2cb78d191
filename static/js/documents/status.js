/** How far a document is: a word, a bar, the time left, and what went wrong. Painted in place, so that no focus moves. */
import { h } from "../dom.js";
import { timeLeft } from "./figures.js";
import { t } from "../words.js";

export function statusView() {
  const parts = {
    badge: h("span", { class: "badge" }),
    left: h("span", { class: "doc-left" }),
    bar: h("progress", { class: "bar", max: "100" }),
    error: h("span", { class: "doc-error" }),
    note: h("span", { class: "doc-note" }),
  };
  const element = h("div", { class: "doc-state" }, Object.values(parts));
  return { element, paint: (item) => paint(element, parts, item) };
}

function paint(element, { badge, left, bar, error, note }, item) {
  const remarks = item.state === "ready" && item.remarks.length > 0;
  element.dataset.state = remarks ? "remarks" : item.state;
  set(badge, remarks ? t("Ready, {note}", { note: item.note }) : item.label);
  set(left, [item.state === "processing" && t("{percent} %", { percent: item.percent }), timeLeft(item.seconds_left)].filter(Boolean).join(" · "));
  bar.hidden = item.state !== "processing";
  bar.value = item.percent;
  bar.setAttribute("aria-label", t("How far “{title}” has been read", { title: item.title }));
  set(error, item.error);
  set(note, remarks ? "" : item.note);
}

function set(element, words) {
  if (element.textContent !== words) element.textContent = words;
  element.hidden = !words;
}
