/** The states to filter by, each with how many documents are in it, and how long the unfinished ones take. */
import { byId, h } from "../dom.js";
import { changed, searchOf } from "./filters.js";
import { timeLeft } from "./figures.js";
import { n, number, t } from "../words.js";

const STATES = [
  ["", t("All"), "all"],
  ["busy", t("Being read"), "busy"],
  ["ready", t("Ready"), "ready"],
  ["remarks", t("With remarks"), "remarks"],
  ["failed", t("Failed"), "failed"],
  ["canceled", t("Canceled"), "canceled"],
];

export function drawStates(filters, summary) {
  const counts = summary?.counts;
  const bar = byId("states");
  if (!bar.childElementCount) bar.append(...STATES.map(([state, label]) => h("li", {}, h("a", { "data-filter": true, "data-state": state }, label, h("span", { class: "state-count" })))));
  STATES.forEach(([state, , key], i) => {
    const link = bar.children[i].firstElementChild;
    link.href = location.pathname + searchOf(changed(filters, { state }));
    link.toggleAttribute("aria-current", state === filters.state);
    if (state === filters.state) link.setAttribute("aria-current", "true");
    const words = counts ? number(counts[key]) : "";
    const count = link.lastElementChild;
    if (count.textContent !== words) count.textContent = words;
    link.classList.toggle("none", counts?.[key] === 0);
  });
  const left = counts?.busy ? timeLeft(summary.seconds_left) : "";
  byId("states-left").textContent = left && n("{count} being read, {left}", "{count} being read, {left}", counts.busy, { left });
  byId("states-left").hidden = !left;
}
