/** The page of a shared conversation. */
import { request, whenSignedOut } from "../api.js";
import { explainCitations } from "../citation-popover.js";
import { copyOnClick } from "../copy.js";
import { byId } from "../dom.js";
import { Drafts } from "../drafts.js";
import { endWithSession } from "../session-end.js";
import { SourcePanel } from "../source-panel.js";
import { ReadOnlyThread } from "./read-only-thread.js";

const data = JSON.parse(byId("shared-data").textContent);
const list = byId("thread");
const thread = new ReadOnlyThread(list, data.messages);
const panel = new SourcePanel({
  load: (message, number, signal, around) => request(`/api/shared/${data.key}/${message}/sources/${number}/?around=${around}`, { signal }),
});
const answerOf = (element) => thread.answer(element.closest("[data-message]")?.dataset.message);

list.addEventListener("click", ({ target }) => {
  const source = target.closest("[data-source]");
  if (source) panel.open(answerOf(source).id, Number(source.dataset.source), source);
  const ask = target.closest("[data-ask]");
  if (ask) askYourself(ask.dataset.ask);
});
copyOnClick(list, answerOf);
explainCitations(byId("scroller"), (button) => answerOf(button)?.citations.get(Number(button.dataset.source)));
whenSignedOut(endWithSession(null, { login: data.urls.login }));
thread.drawWhenNear();

/** By the draft of a new chat and not by its address, so that no link can put words into somebody's composer. */
function askYourself(question) {
  new Drafts(sessionStorage, data.user.email).set(null, question);
  location.assign(data.urls.chat);
}
