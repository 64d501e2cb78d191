/** One quiet line above the conversation about the connection. A short loss is not worth a word. */
import { byId, h } from "./dom.js";
import { t } from "./words.js";

const QUIET = 1_000;
let timer = null;

export function showConnection(state, { login, pending }) {
  clearTimeout(timer);
  if (state === "open") return show(null);
  if (state === "signed-out") return show(signedOut(login), "warn");
  timer = setTimeout(() => show(lost(pending)), QUIET);
}

function show(content, kind = "") {
  const banner = byId("banner");
  banner.className = `banner ${kind}`;
  banner.hidden = !content;
  banner.replaceChildren(...(content ?? []));
}

function lost(pending) {
  const words = navigator.onLine ? t("Connection lost. Reconnecting…") : t("You are offline.");
  return [h("span", { class: "pulse", "aria-hidden": "true" }), h("span", {}, pending() ? `${words} ${t("Your question will be sent.")}` : words)];
}

function signedOut(login) {
  const target = `${login}?next=${encodeURIComponent(location.pathname)}`;
  return [h("span", {}, t("You are signed out. What you typed is kept.")), h("a", { href: target, class: "button small" }, t("Sign in"))];
}
