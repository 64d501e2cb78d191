/** The chat page: joins the connection, the thread, the sidebar and the composer. What each does is in its own file. */
import * as api from "./api.js";
import { AsOf } from "./as-of.js";
import { ComposerFiles } from "./attachments/composer-files.js";
import { showConnection } from "./banner.js";
import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { ConversationList } from "./conversation-list.js";
import { copyOnClick } from "./copy.js";
import { explainCitations } from "./citation-popover.js";
import { disclosure } from "./disclosure.js";
import { byId } from "./dom.js";
import { Drafts } from "./drafts.js";
import { Drawer } from "./drawer.js";
import { Frames } from "./frames.js";
import { Incognito } from "./incognito.js";
import { languageChoice } from "./language.js";
import { Navigation } from "./navigation.js";
import { newClientId, Outbox } from "./outbox.js";
import * as protocol from "./protocol.js";
import { Follower } from "./scroll.js";
import { Search } from "./search.js";
import { endWithSession } from "./session-end.js";
import { shareDialog } from "./share-dialog.js";
import { shortcuts } from "./shortcuts.js";
import { SourcePanel } from "./source-panel.js";
import { themeChoice } from "./theme.js";
import { Thread } from "./thread.js";
import { toast } from "./toast.js";
import { Welcome } from "./welcome.js";
import { t } from "./words.js";

const data = JSON.parse(byId("chat-data").textContent);
const person = data.user.email;
const outbox = new Outbox(sessionStorage, `colloquy.outbox.${person}`);
const drafts = new Drafts(sessionStorage, person);
const thread = new Thread(byId("thread"), { online: () => connection.state === "open" });
const follower = new Follower(byId("scroller"), byId("scroller-content"), byId("to-latest"));
const panel = new SourcePanel();
const drawer = new Drawer();
const asOf = new AsOf(data);
const incognito = new Incognito({ allowed: data.incognito_allowed, onend: endIncognito });
const welcome = new Welcome({ ...data, onask: ask });

const composer = new Composer(byId("composer"), {
  limit: data.limits.question_chars,
  onsend: ask,
  onstop: stop,
  oninput: (text) => drafts.set(thread.conversation?.id, text),
});

const files = new ComposerFiles(composer.form, data.attachments, {
  person,
  conversation: () => thread.conversation?.id ?? null,
  onchange: () => (composer.blocked = files?.sending ?? false),
});

const sidebar = new ConversationList({
  items: data.conversations,
  more: data.more_conversations,
  onrename: rename,
  onshare: (item, opener) => shareDialog(item, { tenant: data.tenant.name, opener }),
  ondelete: remove,
});

const frames = new Frames({ thread, outbox, sidebar, send, onbegin: begin, onchange: refresh, onrefuse: refuse, onstale: reload });

const socketUrl = new URL("/ws/chat/", location.href);
socketUrl.protocol = socketUrl.protocol.replace("http", "ws");
const connection = new Connection(socketUrl, {
  onframe: (frame) => frames.handle(frame),
  onstate: connectionChanged,
  stillSignedIn: api.stillSignedIn,
});

const navigation = new Navigation({ data, show, beforeLeave: () => panel.close({ refocus: false }), onchoice: () => drawer.closeIfNarrow() });

function send(frame) {
  return connection.send(frame);
}

function ask(text) {
  const attached = files.take();
  const attachments = attached.map(({ id }) => id);
  const frame = protocol.ask({ clientId: newClientId(), conversation: thread.conversation?.id ?? null, text, asOf: asOf.day, incognito: incognito.on, attachments });
  drafts.set(thread.conversation?.id, "");
  outbox.add(frame);
  thread.addQuestion(frame.client_id, text, frame.as_of, attached);
  send(frame);
  refresh();
  follower.toBottom();
}

function retry(answerId) {
  const frame = protocol.retry({ clientId: newClientId(), message: answerId });
  outbox.add(frame);
  thread.replaceAnswer(frame.client_id, answerId);
  send(frame);
  refresh();
}

/** A question that has not been accepted is taken back; an answer that has begun is stopped on the server. */
function stop() {
  const { waiting, running } = thread;
  if (waiting && connection.state !== "open") return takeBack(waiting);
  if (!running?.id) return frames.stopWhenAccepted(waiting);
  send(protocol.stop(running.id));
  composer.stopping();
}

function takeBack(clientId) {
  const frame = outbox.settle(clientId);
  thread.withdraw(clientId);
  if (frame?.text) giveBack(frame);
  refresh();
}

function giveBack(frame, words) {
  asOf.day = frame.as_of;
  composer.giveBack(frame.text, words);
  files.giveBack(frame.attachments);
}

/** The server would not take a question: it says why, and the words go back to where they were typed. */
function refuse(frame, words) {
  const here = (frame?.conversation ?? null) === (thread.conversation?.id ?? null);
  if (!frame?.text) toast(words);
  else if (here) giveBack(frame, words);
  else drafts.set(frame.conversation, frame.text);
  refresh();
}

/** A new conversation has got its address. */
function begin(conversation) {
  drafts.set(conversation.id, composer.text);
  drafts.set(null, "");
  navigation.began(conversation);
}

function refresh() {
  composer.running = thread.running !== null;
  welcome.shown = thread.empty && !thread.conversation;
  const title = thread.conversation?.title ?? t("New chat");
  byId("title").textContent = title;
  document.title = thread.conversation ? `${title} · Colloquy` : "Colloquy";
  sidebar.current = thread.conversation?.id ?? null;
  incognito.show(thread.conversation, { asked: !thread.empty });
  byId("new-chat").toggleAttribute("data-current", !thread.conversation);
}

function show(conversation, messages, found) {
  if (conversation?.id !== thread.conversation?.id) asOf.day = null;
  if (!conversation) incognito.on = false;
  thread.show(conversation, messages);
  const mine = outbox.all().filter((frame) => frame.type === "ask" && frame.conversation === (conversation?.id ?? null));
  for (const frame of mine) thread.addQuestion(frame.client_id, frame.text, frame.as_of);
  composer.text = drafts.get(conversation?.id);
  files.show(conversation?.id ?? null);
  refresh();
  follower.toBottom();
  if (connection.state === "open") frames.follow();
  const element = found && thread.reveal(found);
  if (element) showFound(element);
  else if (matchMedia("(pointer: fine)").matches) composer.focus();
}

function showFound(element) {
  follower.to(element);
  element.classList.add("found");
  element.tabIndex = -1;
  element.focus({ preventScroll: true });
}

/** Something happened elsewhere that this page cannot tell from frames alone. */
async function reload() {
  const { conversation } = thread;
  const fresh = await api.getConversation(conversation.id).catch(() => null);
  if (fresh && thread.conversation?.id === conversation.id) show(fresh.conversation, fresh.messages);
}

function connectionChanged(state) {
  if (state === "signed-out") return endTab();
  showConnection(state, { pending: () => outbox.all().length > 0 });
  if (state === "open") {
    frames.follow();
    for (const frame of outbox.all()) send(frame);
  }
  thread.refreshWaiting();
}

async function rename(item, title) {
  const shown = (name) => {
    sidebar.put({ id: item.id, title: name });
    if (thread.conversation?.id === item.id) thread.conversation.title = name;
    refresh();
  };
  shown(title);
  try {
    shown((await api.renameConversation(item.id, title)).title);
  } catch (error) {
    shown(item.title);
    toast(error.message);
  }
}

async function remove(item) {
  try {
    await api.deleteConversation(item.id);
  } catch (error) {
    return toast(error.message);
  }
  sidebar.remove(item.id);
  if (thread.conversation?.id === item.id) navigation.newChat();
  toast(t("Conversation deleted."), { label: t("Undo"), run: () => restore(item) });
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

async function restore(item) {
  try {
    await api.restoreConversation(item.id);
    sidebar.put(item);
  } catch (error) {
    toast(error.message);
  }
}

const list = byId("thread");
const answerOf = (element) => thread.answer(element.closest("[data-message]")?.dataset.message);

list.addEventListener("click", (event) => {
  const source = event.target.closest("[data-source]");
  if (source) panel.open(answerOf(source).id, Number(source.dataset.source), source);
  if (event.target.closest("[data-action=retry]")) retry(answerOf(event.target).id);
});
copyOnClick(list, answerOf);
explainCitations(byId("scroller"), (button) => answerOf(button)?.citations.get(Number(button.dataset.source)));
const search = new Search();
shortcuts({ search: () => (drawer.show(), search.focus()) });
disclosure(byId("user-button"));
themeChoice(byId("theme"));
languageChoice(byId("language"));
const endTab = endWithSession(byId("sign-out"), { login: data.urls.login, onend: () => connection.stop() });
api.whenSignedOut(endTab);
if (composer.text) drafts.set(data.conversation?.id, composer.text); // typed while this was loading
show(data.conversation, data.messages);
connection.start();
