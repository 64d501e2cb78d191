/** One answer as this page knows it. Frames go in; what has to be drawn anew comes out. */
import { AnswerText } from "./protocol.js";

/** "waiting" is ours: the question has left, or will, and the server has not accepted it yet. */
const RUNNING = new Set(["waiting", "streaming"]);

export class Answer {
  constructor(item = {}) {
    this.id = item.id ?? null;
    this.status = item.status ?? "waiting";
    this.phase = "";
    this.body = new AnswerText(item.text ?? "");
    this.asOf = item.as_of ?? null;
    this.versions = item.versions ?? []; // ids of all answers to its question, if there are several
    this.askedWith = item.asked_with ?? null;
    this.created = item.created ?? new Date().toISOString();
    this.passages = item.passages ?? [];
    this.citations = new Map((item.citations ?? []).map((citation) => [citation.marker, citation]));
    this.notice = item.notice ?? null;
    this.differs = item.differs ?? [];
    this.changed = null; // what of its sources has changed since
    this.error = item.error ?? null;
    this.feedback = item.feedback ?? null;
    this.questionSent = item.question_sent ?? false;
    this.followUps = item.follow_ups; // undefined: not asked for yet
    this.catchingUp = false;
    this.doubted = false;
  }

  /** Something of it is missing, and the server can be asked to go on. */
  get canGoOn() {
    const broken = this.status === "failed" || this.status === "interrupted" || this.status === "stopped";
    return this.text !== "" && (broken || (this.status === "complete" && this.notice?.code === "cut_short"));
  }

  /** The server goes on with it from `offset`. */
  goOn(offset) {
    this.body.truncate(offset);
    Object.assign(this, { status: "streaming", phase: "reading", error: null, notice: null, doubted: false });
  }

  get text() {
    return this.body.text;
  }

  get running() {
    return RUNNING.has(this.status);
  }

  /** What `follow` says this page has. */
  get have() {
    return this.id ? { message: this.id, offset: this.body.length } : null;
  }

  /** {added, redraw, gap, cited, ended, same}, each only when so; `same` says that nothing is new. */
  apply(frame) {
    return this[`on_${frame.type}`]?.(frame) ?? {};
  }

  on_searching() {
    this.phase = "searching";
  }

  on_passages({ items }) {
    this.phase = "reading";
    this.passages = items;
  }

  on_delta({ offset, text }) {
    if (!this.running) return {};
    const added = this.body.delta(offset, text);
    if (added === null) return { gap: true };
    if (added) this.phase = "writing";
    return { added };
  }

  on_cited(citation) {
    const known = this.citations.has(citation.marker);
    this.citations.set(citation.marker, citation);
    return { cited: !known };
  }

  on_differs({ how, sides }) {
    this.differs = [...this.differs, { how, sides }];
  }

  on_notice({ code, text, url }) {
    this.notice = { code, text, url };
  }

  on_finished({ status }) {
    return this.#end(status, null);
  }

  on_failed({ code, text, retryable }) {
    return this.#end(code === "interrupted" ? "interrupted" : "failed", { code, text, retryable });
  }

  on_snapshot(frame) {
    const { status, offset, text, passages, citations, notice, error, as_of: asOf, asked_with: askedWith } = frame;
    const wasRunning = this.running;
    if (!wasRunning && status === "streaming") {
      // Made before the end that this page has seen already, or it is gone on with: the next one tells which.
      if (!this.canGoOn) return {};
      if (!this.doubted) return (this.doubted = true), { gap: true };
      this.body.truncate(offset);
      this.body = new AnswerText(this.text + text);
      this.goOn(this.body.length);
      return { redraw: true };
    }
    this.doubted = false;
    const before = this.#told;
    const added = this.body.snapshot(offset, text, { final: status !== "streaming" });
    this.catchingUp = false;
    this.status = status;
    this.error = error ?? null;
    this.asOf = asOf ?? this.asOf;
    this.askedWith = askedWith ?? this.askedWith;
    this.notice = notice ?? this.notice;
    if (frame.differs?.length) this.differs = frame.differs;
    if (passages?.length) this.passages = passages;
    for (const citation of citations ?? []) this.citations.set(citation.marker, citation);
    if (added) this.phase = "writing";
    if (added === "" && before === this.#told) return { same: true };
    return { added: added ?? undefined, redraw: added === null, cited: true, ended: wasRunning && !this.running };
  }

  /** All but the text that a snapshot tells. */
  get #told() {
    const { status, error, asOf, askedWith, notice, differs, passages, citations } = this;
    return JSON.stringify([status, error, asOf, askedWith, notice, differs, passages, [...citations.values()]]);
  }

  #end(status, error) {
    if (!this.running) return {};
    if (this.catchingUp) {
      // The snapshot under way may be older than this end; one asked for now has the end and all of the text.
      this.catchingUp = false;
      return { gap: true };
    }
    this.status = status;
    this.error = error;
    return { ended: true };
  }
}
