/** Under an old answer whose sources have changed since: which ones, and "Ask again". */
import { h, icon } from "../dom.js";
import { fullDate } from "../dates.js";
import { t } from "../words.js";

/** Null where nothing has changed. */
export function changeNotice({ changed }, { readOnly = false } = {}) {
  if (!changed) return null;
  return h(
    "div",
    { class: "source-changed", role: "note" },
    icon("info"),
    h("div", {}, changed.sources.map((source) => h("p", source.since ? { title: fullDate(source.since) } : {}, words(source)))),
    readOnly ? null : h("button", { type: "button", class: "button small", "data-ask-again": changed.question }, t("Ask again")),
  );
}

const words = ({ code, title, number }) =>
  code === "deleted"
    ? t("“{title}” [{number}] has been deleted since this answer.", { title, number })
    : t("“{title}” [{number}] has changed since this answer: what it cites is no longer in there.", { title, number });
