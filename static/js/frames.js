/** What each frame of the server means for the page. */
import { announce } from "./announcer.js";
import { follow, stop } from "./protocol.js";
import { n, t } from "./words.js";

/** What the person's other tabs tell: conversations in the list, tags, saved prompts. */
const ABOUT_LISTS = new Set(["listed", "gone", "tags", "prompts"]);

export class Frames {
  #stopWanted = new Set(); // client_ids
  #homes = new Map(); // answer -> conversation, of those that this socket has heard of

  /** `send` gives a frame to the connection; the others tell the page what to draw. */
  constructor({ thread, outbox, sidebar, send, onbegin, onchange, onrefuse, onstale, onpath, onunread, onended, onlists }) {
    Object.assign(this, { thread, outbox, sidebar, send, onbegin, onchange, onrefuse, onstale, onpath, onunread, onended, onlists });
  }

  handle(frame) {
    if (frame.type === "accepted") this.#accepted(frame);
    else if (frame.type === "title") this.#title(frame);
    else if (frame.type === "path") this.#path(frame);
    else if (frame.type === "unread") this.onunread(frame);
    else if (ABOUT_LISTS.has(frame.type)) this.onlists(frame);
    else if (frame.type === "failed" && !frame.message) this.#refused(frame);
    else this.#aboutAnswer(frame);
  }

  /** Ask for what this page lacks of its conversation, and for what comes. */
  follow() {
    const { conversation, followed } = this.thread;
    if (conversation) this.send(follow(conversation.id, followed?.have ?? null));
  }

  /** Stop was pressed before the answer had an id. */
  stopWhenAccepted(clientId) {
    if (clientId) this.#stopWanted.add(clientId);
  }

  #accepted(frame) {
    const { thread, outbox } = this;
    outbox.settle(frame.client_id);
    const mine = thread.isPending(frame.client_id);
    const { conversation: id, title, incognito, asked_with: askedWith } = frame;
    const assistant = askedWith?.assistant ?? null;
    if (!incognito) this.#homes.set(frame.message, id);
    if (!incognito) this.sidebar.put({ id, title, assistant, updated: new Date().toISOString(), archived: false });
    if (mine && !thread.conversation) {
      thread.conversation = { id, title, incognito };
      this.onbegin(thread.conversation);
    }
    if (thread.conversation?.id === id) thread.conversation.assistant = assistant;
    // A socket follows the conversation asked in last; this page has gone on to another.
    if (thread.conversation?.id !== frame.conversation) return this.follow();
    if (!mine && (frame.versions || !frame.question) && !thread.has(frame.message)) return this.onstale();
    thread.accepted(frame);
    if (this.#stopWanted.delete(frame.client_id)) this.send(stop(frame.message));
    this.onchange();
  }

  #title({ conversation, title }) {
    this.sidebar.put({ id: conversation, title });
    if (this.thread.conversation?.id === conversation) this.thread.conversation.title = title;
    this.onchange();
  }

  /** Another branch of the conversation is shown now, here and everywhere. */
  #path(frame) {
    if (this.thread.conversation?.id === frame.conversation) this.onpath(frame);
  }

  #refused({ client_id: clientId, text, code }) {
    const frame = this.outbox.settle(clientId);
    this.thread.withdraw(clientId);
    this.onrefuse(frame, text, code);
  }

  #aboutAnswer(frame) {
    const before = this.thread.answer(frame.message)?.text;
    const change = this.thread.apply(frame);
    if (!change) {
      this.#endedElsewhere(frame);
      if (frame.type === "snapshot" && frame.conversation === this.thread.conversation?.id) this.onstale();
      return;
    }
    if (change.gap) this.#catchUp(frame.message);
    if (before === "" && change.added) announce(t("Answer started"));
    if (!change.ended) return;
    announce(ending(this.thread.answer(frame.message)));
    this.onended(this.thread.answer(frame.message));
    this.onchange();
  }

  /** The socket goes on to follow a conversation that has left the page for a new chat. */
  #endedElsewhere({ type, message, status = "failed" }) {
    const conversation = this.#homes.get(message);
    if (conversation && conversation !== this.thread.conversation?.id && (type === "finished" || type === "failed")) {
      this.onunread({ conversation, unread: status !== "stopped", status });
    }
  }

  /** Once for each gap: deltas go on coming until the snapshot is here. */
  #catchUp(message) {
    const answer = this.thread.answer(message);
    const { conversation } = this.thread;
    if (answer.catchingUp) return;
    answer.catchingUp = this.send(follow(conversation.id, answer.have));
  }
}

function ending({ status, citations, error }) {
  if (status === "complete") return n("Answer finished, {count} source", "Answer finished, {count} sources", citations.size);
  if (status === "stopped") return t("Answer stopped");
  return error?.text ?? t("Answer interrupted");
}
