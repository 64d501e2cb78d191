/** The states to filter by, each with how many documents are in it, and how long the unfinished ones take. */
import { byId, h } from "../dom.js";
import { changed, searchOf } from "./filters.js";
import { number, timeLeft } from "./words.js";

const STATES = [
  ["", "All", "all"],
  ["busy", "Being read", "busy"],
  ["ready", "Ready", "ready"],
  ["remarks", "With remarks", "remarks"],
  ["failed", "Failed", "failed"],
  ["canceled", "Canceled", "canceled"],
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
  byId("states-left").textContent = left && `${number(counts.busy)} being read, ${left}`;
  byId("states-left").hidden = !left;
}
