/** Sources of an answer that contradict each other, side by side under it. */
import { dayInWords } from "../dates.js";
import { h, icon } from "../dom.js";
import { markLines } from "../mark-lines.js";
import { place } from "../places.js";
import { t } from "../words.js";

/** A block for each contradiction; nothing where there is none. */
export const differing = ({ differs }) => (differs ?? []).map(block);

function block({ how, sides }) {
  const words = how === "model" ? t("The assistant says that they contradict each other.") : t("Found by comparing amounts, dates and negations, sentence by sentence.");
  return h(
    "section",
    { class: "differs", "aria-label": t("These sources differ") },
    h("h3", { class: "differs-title" }, icon("differ"), t("These sources differ")),
    h("div", { class: "differs-sides" }, sides.map(side)),
    h("p", { class: "differs-how" }, words),
  );
}

function side(source) {
  return h(
    "button",
    { type: "button", class: "differs-side", "data-source": source.number, "data-quote": source.quote },
    h(
      "span",
      { class: "differs-head" },
      h("span", { class: "source-number", "aria-hidden": "true" }, String(source.number)),
      h("span", { class: "source-title" }, h("bdi", {}, source.title)),
      source.newer ? h("span", { class: "differs-newer" }, t("Newer")) : null,
    ),
    h("span", { class: "differs-quote", dir: "auto" }, source.quote),
    h("span", { class: "source-place" }, h("bdi", {}, [place(source), dated(source)].filter(Boolean).join(" · "))),
    ...markLines(source).slice(0, 1),
  );
}

const dated = ({ version, updated }) => updated && t("version {version} of {day}", { version, day: dayInWords(updated.slice(0, 10)) });
