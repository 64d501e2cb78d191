/**
 * Asking: what is typed becomes a frame and is kept until the server has accepted it. It waits behind an answer that
 * runs, and comes back to where it was typed when it is refused or taken back.
 */
import { ON_ITS_WAY } from "./branches.js";
import { newClientId } from "./outbox.js";
import * as protocol from "./protocol.js";
import { toast } from "./toast.js";

export class Asking {
  #page;
  #held = false; // a question was refused: those that wait do not follow it by themselves

  /** `page`: {thread, composer, files, choices, incognito, drafts, outbox, queue, frames, branches, follower, connection, send, refresh}. */
  constructor(page) {
    this.#page = page;
  }

  ask(text) {
    const { thread, files, choices, drafts, queue, refresh } = this.#page;
    const attached = files.take();
    const item = { client_id: newClientId(), conversation: thread.conversation?.id ?? null, text, wish: choices.wish, attached };
    drafts.set(thread.conversation?.id, "");
    this.#held = false;
    if (!thread.running) return this.#askNow(item);
    queue.add(item);
    refresh();
  }

  /** Of those that wait: although the answer before it has failed. */
  askWaiting(item) {
    this.#held = false;
    this.#page.queue.take(null, item.client_id);
    this.#askNow(item);
  }

  /** What waits is asked in its order, each when the answer before it has ended well. */
  askNext() {
    const { thread, queue, connection } = this.#page;
    const { conversation, lastStatus } = thread;
    const wait = this.#held || endedBadly(lastStatus);
    queue.draw(conversation?.id, { held: wait && !thread.running });
    if (wait || thread.running || connection.state !== "open") return;
    const next = queue.take(conversation?.id);
    if (next) this.#askNow(next);
  }

  /** An answer has ended in a conversation that is not on the page. */
  askElsewhere(id, status) {
    const { thread, queue, outbox, send } = this.#page;
    if (id === thread.conversation?.id || endedBadly(status)) return;
    const next = queue.take(id);
    if (!next) return;
    const frame = this.#frame(next);
    outbox.add(frame);
    send(frame);
  }

  /** The question in other words, in the place of the old one. */
  askAnew(question, text) {
    const { thread, follower } = this.#page;
    const frame = protocol.edit({ clientId: newClientId(), message: question, text });
    this.#post(frame, () => thread.replaceQuestion(frame.client_id, question, text));
    follower.toBottom();
  }

  retry(answerId) {
    const { thread } = this.#page;
    if (thread.waiting) return toast(ON_ITS_WAY);
    const frame = protocol.retry({ clientId: newClientId(), message: answerId });
    this.#post(frame, () => thread.replaceAnswer(frame.client_id, answerId));
  }

  /** An answer that broke off is gone on with. */
  goOn(answerId) {
    const frame = protocol.goOn({ clientId: newClientId(), message: answerId });
    this.#post(frame, () => this.#page.thread.resume(frame.client_id, answerId));
  }

  /** A question that has not been accepted is taken back; an answer that has begun is stopped on the server. */
  stop() {
    const { thread, connection, frames, composer, send } = this.#page;
    const { waiting, running } = thread;
    if (waiting && connection.state !== "open") return this.#takeBack(waiting);
    if (!running?.id) return frames.stopWhenAccepted(waiting);
    send(protocol.stop(running.id));
    composer.stopping();
  }

  /** `item` is one of those that wait, to be worded anew. */
  giveBackWaiting(item) {
    this.#giveBack({ ...item, attachments: item.attached?.map(({ id }) => id) });
  }

  /** The server would not take a question: it says why, and the words go back to where they were typed. */
  refuse(frame, words, code) {
    const { thread, branches, drafts, choices, refresh } = this.#page;
    this.#held = true;
    if (frame?.type === "edit") return refresh(), branches.refused(frame, words);
    const here = (frame?.conversation ?? null) === (thread.conversation?.id ?? null);
    if (!frame?.text) toast(words);
    else if (here) this.#giveBack(frame, words);
    else drafts.set(frame.conversation, frame.text);
    if (here) choices.refused(code);
    refresh();
  }

  /** Whether something is kept in this tab alone that has not been asked yet. */
  get unsent() {
    const { connection, outbox, queue } = this.#page;
    return (connection.state === "lost" && outbox.all().length > 0) || (connection.state !== "signed-out" && queue.size > 0);
  }

  #frame({ client_id: clientId, conversation, text, wish, attached = [] }) {
    const attachments = attached.map(({ id }) => id);
    return protocol.ask({ clientId, conversation, text, incognito: this.#page.incognito.on, attachments, ...wish });
  }

  #askNow(item) {
    const { thread, follower } = this.#page;
    const frame = this.#frame(item);
    this.#post(frame, () => thread.addQuestion(frame.client_id, item.text, frame.as_of, item.attached));
    follower.toBottom();
  }

  /** Kept before it is drawn, so that nothing can come between. */
  #post(frame, draw) {
    const { outbox, send, refresh } = this.#page;
    outbox.add(frame);
    draw();
    send(frame);
    refresh();
  }

  #takeBack(clientId) {
    const { outbox, thread, branches, refresh } = this.#page;
    const frame = outbox.settle(clientId);
    thread.withdraw(clientId);
    if (frame?.type === "edit") branches.refused(frame, "");
    else if (frame?.text) this.#giveBack(frame);
    refresh();
  }

  #giveBack(frame, words) {
    const { choices, composer, files } = this.#page;
    choices.restore(frame);
    composer.giveBack(frame.text, words);
    files.giveBack(frame.attachments);
  }
}

const endedBadly = (status) => status === "failed" || status === "interrupted";
