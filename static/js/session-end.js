/**
 * The end of a session ends all its tabs: what they show and what was typed in them goes, so that whoever comes next to
 * this computer finds a plain page. Signing out here is told to the other tabs at once; what happens elsewhere comes by
 * the socket, or with the next request.
 */
import { h } from "./dom.js";
import { t } from "./words.js";

const CHANNEL = "colloquy.session";
const ENDED = "ended";

/** `form` is the page's sign-out form, if any; `onend` stops what still works. Gives what ends this tab. */
export function endWithSession(form, { login, onend = () => {} }) {
  const others = new BroadcastChannel(CHANNEL);
  let ended = false;
  function end() {
    if (ended) return;
    ended = true;
    others.close();
    onend();
    forget();
    showPlainPage(login);
  }
  others.addEventListener("message", ({ data }) => data === ENDED && end());
  form?.addEventListener("submit", () => {
    forget();
    others.postMessage(ENDED);
  });
  return end;
}

/** Drafts, and questions that were not sent. */
function forget() {
  try {
    sessionStorage.clear();
  } catch {
    // Forbidden storage holds nothing.
  }
}

function showPlainPage(login) {
  const title = h("h1", { tabindex: "-1" }, t("You are signed out"));
  const words = h("p", {}, t("Your session has ended. This page was cleared, with what was typed and not sent, so that nobody else at this computer can read it."));
  const target = `${login}?next=${encodeURIComponent(location.pathname)}`;
  const card = h("main", { class: "plain-page" }, title, words, h("p", {}, h("a", { href: target, class: "button primary" }, t("Sign in"))));
  document.title = `${t("You are signed out")} · Colloquy`;
  document.body.className = "";
  document.body.replaceChildren(card);
  title.focus();
}
