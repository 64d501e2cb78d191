/** At a message that has other versions: which of them is shown, and the way to the others. */
import { h, iconButton } from "./dom.js";
import { t } from "./words.js";

const WORDS = {
  question: {
    which: (at) => t("Version {number} of {count} of this question", at),
    previous: () => t("Previous version of this question"),
    next: () => t("Next version of this question"),
  },
  answer: {
    which: (at) => t("Version {number} of {count} of this answer", at),
    previous: () => t("Previous version of this answer"),
    next: () => t("Next version of this answer"),
  },
};

/** `what` is "question" or "answer"; null where there is only one. */
export function versionSwitch(id, versions, what) {
  const at = versions.indexOf(id);
  if (versions.length < 2 || at < 0) return null;
  const place = { number: at + 1, count: versions.length };
  const step = (to, icon, label) =>
    iconButton(icon, label, { class: "icon-button small", "data-choose": versions[to] ?? "", "data-step": to - at, disabled: !(to in versions) });
  return h(
    "div",
    { class: "versions", role: "group", "aria-label": WORDS[what].which(place) },
    step(at - 1, "previous", WORDS[what].previous()),
    h("span", { class: "versions-count", "aria-hidden": "true" }, `${place.number} / ${place.count}`),
    step(at + 1, "next", WORDS[what].next()),
  );
}
