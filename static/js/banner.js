/** One quiet line above the conversation about the connection. A short loss is not worth a word. */
import { byId, h } from "./dom.js";
import { t } from "./words.js";

const QUIET = 1_000;
let timer = null;

export function showConnection(state, { pending }) {
  clearTimeout(timer);
  if (state !== "lost") return show(null);
  timer = setTimeout(() => show(lost(pending)), QUIET);
}

function show(content) {
  const banner = byId("banner");
  banner.hidden = !content;
  banner.replaceChildren(...(content ?? []));
}

function lost(pending) {
  const words = navigator.onLine ? t("Connection lost. Reconnecting…") : t("You are offline.");
  return [h("span", { class: "pulse", "aria-hidden": "true" }), h("span", {}, pending() ? `${words} ${t("Your question will be sent.")}` : words)];
}
