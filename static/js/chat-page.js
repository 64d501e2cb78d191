/** The chat page: joins the connection, the thread, the sidebar and the composer. What each does is in its own file. */
import { answerExtras } from "./answer-extras.js";
import * as api from "./api.js";
import { Asking } from "./asking.js";
import { ComposerFiles } from "./attachments/composer-files.js";
import { showConnection } from "./banner.js";
import { Branches } from "./branches.js";
import { Choices } from "./choices.js";
import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { commandsOf } from "./commands.js";
import { copyOnClick } from "./copy.js";
import { explainCitations } from "./citation-popover.js";
import { disclosure } from "./disclosure.js";
import { byId } from "./dom.js";
import { Drafts } from "./drafts.js";
import { Drawer } from "./drawer.js";
import { Frames } from "./frames.js";
import { pause } from "./idle.js";
import { Incognito } from "./incognito.js";
import { lastAnswer } from "./last-answer.js";
import { languageChoice } from "./language.js";
import { renderAhead } from "./markdown.js";
import { newestBlocks } from "./near.js";
import { Navigation } from "./navigation.js";
import { Outbox } from "./outbox.js";
import * as protocol from "./protocol.js";
import { Prompts } from "./prompts/prompts.js";
import { Rail } from "./rail/rail.js";
import { Follower } from "./scroll.js";
import { Queue } from "./queue.js";
import { quoteReply } from "./quote-reply.js";
import { asQuote } from "./quote-text.js";
import { Search } from "./search.js";
import { endWithSession } from "./session-end.js";
import { shareDialog } from "./share-dialog.js";
import { shortcuts } from "./shortcuts.js";
import { watchForChanges } from "./sources/changes.js";
import { SourcePanel } from "./source-panel.js";
import { themeChoice } from "./theme.js";
import { Thread } from "./thread.js";
import { toast } from "./toast.js";
import { Unread } from "./unread.js";
import { Welcome } from "./welcome.js";
import { wired } from "./wired.js";
import { t } from "./words.js";

await pause();
const data = JSON.parse(byId("chat-data").textContent);
const person = data.user.email;
const outbox = new Outbox(sessionStorage, `colloquy.outbox.${person}`);
const drafts = new Drafts(sessionStorage, person);
const extras = answerExtras({ gaps: data.gaps, incognito: () => incognito.on, onask: (text) => asking.ask(text) });
const thread = new Thread(byId("thread"), { online: () => connection.state === "open", extras });
thread.conversation = data.conversation; // what is typed before its messages are drawn is said in it
const follower = new Follower(byId("scroller"), byId("scroller-content"), byId("to-latest"));
const panel = new SourcePanel();
const drawer = new Drawer();
const choices = new Choices({ data, onchange: () => refresh() });
const incognito = new Incognito({ allowed: data.incognito_allowed, onend: endIncognito });
const welcome = new Welcome({ ...data, onask: (text) => asking.ask(text) });
const share = (item, opener) => shareDialog(item, { tenant: data.tenant.name, opener });
const page = { thread, outbox, drafts, follower, drawer, choices, incognito, share, send, refresh };
const asking = (page.asking = new Asking(page));

const composer = (page.composer = new Composer(byId("composer"), {
  limit: data.limits.question_chars,
  onsend: (text) => asking.ask(text),
  onstop: () => asking.stop(),
  oninput: (text) => drafts.set(thread.conversation?.id, text),
}));

const files = (page.files = new ComposerFiles(composer.form, data.attachments, {
  person,
  conversation: () => thread.conversation?.id ?? null,
  onchange: () => (composer.blocked = files?.sending ?? false),
  queued: () => queue.files,
}));

const rail = (page.rail = new Rail({ data, page }));
const sidebar = rail.list;
const prompts = (page.prompts = new Prompts(composer));

const frames = (page.frames = new Frames({ thread, outbox, sidebar, send, onbegin: begin, onchange: refresh, onrefuse: (...refused) => asking.refuse(...refused), onstale: reload, onpath: (frame) => branches.pathChanged(frame), onunread: (frame) => unread.handle(frame), onended: (answer) => unread.ended(answer), onlists: hear }));

const queue = (page.queue = new Queue({
  element: byId("queue"),
  storage: sessionStorage,
  key: `colloquy.queue.${person}`,
  giveBack: (item) => (item && asking.giveBackWaiting(item), refresh()),
  sendNow: (item) => asking.askWaiting(item),
}));

const unread = new Unread({
  sidebar,
  current: () => thread.conversation?.id,
  seen: (id) => send(protocol.seen(id)),
  onchange: refresh,
  onended: (id, status) => asking.askElsewhere(id, status),
});

const socketUrl = new URL("/ws/chat/", location.href);
socketUrl.protocol = socketUrl.protocol.replace("http", "ws");
const connection = (page.connection = new Connection(socketUrl, {
  onframe: (frame) => frames.handle(frame),
  onstate: connectionChanged,
  stillSignedIn: api.stillSignedIn,
}));

const navigation = (page.navigation = new Navigation({ data, show, beforeLeave: () => panel.close({ refocus: false }), onchoice: () => drawer.closeIfNarrow() }));

/** What another tab of this person has done, or this one. */
function hear(frame) {
  if (frame.type === "prompts") prompts.forget();
  else rail.handle(frame);
}

function send(frame) {
  return connection.send(frame);
}

/** A new conversation has got its address. */
function begin(conversation) {
  drafts.set(conversation.id, composer.text);
  drafts.set(null, "");
  queue.began(conversation.id);
  choices.began(conversation);
  navigation.began(conversation);
}

function refresh() {
  composer.running = thread.running !== null;
  welcome.shown = thread.empty && !thread.conversation;
  const title = thread.conversation?.title ?? t("New chat");
  byId("title").textContent = title;
  const news = sidebar.unread ? `(${sidebar.unread}) ` : "";
  document.title = news + (thread.conversation ? `${title} · Colloquy` : "Colloquy");
  choices.draw(thread.conversation);
  welcome.draw(choices);
  sidebar.current = thread.conversation?.id ?? null;
  incognito.show(thread.conversation, { asked: !thread.empty });
  byId("new-chat").toggleAttribute("data-current", !thread.conversation);
  asking.askNext();
}

function show(conversation, messages, found, { quiet = false } = {}) {
  choices.show(conversation, messages);
  if (!conversation) incognito.on = false;
  composer.text = drafts.get(conversation?.id);
  files.show(conversation?.id ?? null);
  redraw(conversation, messages);
  follower.toBottom();
  const element = found && thread.reveal(found);
  if (element) showFound(element);
  else if (!quiet && matchMedia("(pointer: fine)").matches) composer.focus();
}

function redraw(conversation, messages) {
  thread.show(conversation, messages);
  const mine = outbox.all().filter((frame) => frame.type === "ask" && frame.conversation === (conversation?.id ?? null));
  for (const frame of mine) thread.addQuestion(frame.client_id, frame.text, frame.as_of);
  if (conversation && !conversation.incognito && sidebar.get(conversation.id)) sidebar.put({ id: conversation.id, unread: conversation.unread });
  unread.look();
  refresh();
  if (connection.state === "open") frames.follow();
  watchForChanges(thread);
}

function showFound(element) {
  follower.to(element);
  element.classList.add("found");
  element.tabIndex = -1;
  element.focus({ preventScroll: true });
}

/** Something happened elsewhere that this page cannot tell from frames alone. */
async function reload(wanted = () => true) {
  const { conversation } = thread;
  const fresh = await api.getConversation(conversation.id).catch(() => null);
  if (fresh && thread.conversation?.id === conversation.id && wanted()) show(fresh.conversation, fresh.messages);
}

function connectionChanged(state) {
  if (state === "signed-out") return endTab();
  showConnection(state, { pending: () => outbox.all().length > 0 });
  if (state === "open") {
    frames.follow();
    for (const frame of outbox.all()) send(frame);
    unread.look();
    asking.askNext();
  }
  thread.refreshWaiting();
}

async function endIncognito() {
  const { id } = thread.conversation;
  try {
    await api.deleteConversation(id);
  } catch (error) {
    return toast(error.message);
  }
  drafts.set(id, "");
  navigation.newChat();
  toast(t("The incognito conversation is deleted."));
}

await pause();
const list = byId("thread");
const branches = (page.branches = new Branches({ list, thread, redraw, reload, ask: (question, text) => asking.askAnew(question, text), keepInView: (element, top) => follower.keep(element, top) }));
const answerOf = (element) => thread.answer(element.closest("[data-message]")?.dataset.message);

list.addEventListener("click", (event) => {
  const source = event.target.closest("[data-source]");
  if (source) panel.open(answerOf(source).id, Number(source.dataset.source), source);
  const again = event.target.closest("[data-ask-again]");
  if (again) asking.ask(again.dataset.askAgain);
  if (event.target.closest("[data-action=retry]")) asking.retry(answerOf(event.target).id);
  if (event.target.closest("[data-action=continue]")) asking.goOn(answerOf(event.target).id);
});
quoteReply(list, (text) => composer.append(asQuote(text)));
copyOnClick(list, answerOf);
explainCitations(byId("scroller"), (button) => answerOf(button)?.citations.get(Number(button.dataset.source)));
page.search = new Search();
Object.assign(page, lastAnswer(list));
shortcuts(commandsOf(page));
disclosure(byId("user-button"));
themeChoice(byId("theme"));
languageChoice(byId("language"));
const endTab = endWithSession(byId("sign-out"), { login: data.urls.login, onend: () => connection.stop() });
api.whenSignedOut(endTab);
addEventListener("beforeunload", (event) => asking.unsent && event.preventDefault()); // the browser asks whether to leave
await pause();
await renderAhead(newestBlocks(data.messages));
if (composer.text) drafts.set(data.conversation?.id, composer.text); // typed while this was loading
show(data.conversation, data.messages, null, { quiet: document.activeElement !== document.body });
await pause();
connection.start();
wired();
