/**
 * The wire format, version 1: JSON frames over one WebSocket a tab. Its twin is chat/protocol.py.
 * Offsets count Unicode code points of the answer's text, while JavaScript counts UTF-16 units.
 */
export const SIGNED_OUT = 4401;

/**
 * `asOf` is the day that is asked about, as 2026-03-01; null is today. `assistant` is an id, null the organisation's
 * own choice; `within` is {collections, dated_from, dated_until}, null everything;
 * `attachments` are ids of files.
 */
export const ask = ({ clientId, conversation, text, asOf = null, incognito = false, assistant = null, within = null, attachments = [] }) => ({
  type: "ask",
  client_id: clientId,
  conversation,
  text,
  as_of: asOf,
  incognito,
  assistant,
  within,
  ...(attachments.length ? { attachments } : {}),
});

export const retry = ({ clientId, message }) => ({ type: "retry", client_id: clientId, message });

/** Go on with an answer that broke off. */
export const goOn = ({ clientId, message }) => ({ type: "continue", client_id: clientId, message });

/** `message` is the question whose place the text takes. */
export const edit = ({ clientId, message, text }) => ({ type: "edit", client_id: clientId, message, text });

export const stop = (message) => ({ type: "stop", message });

/** `have` is {message, offset} of an answer that this page holds part of, or null. */
export const follow = (conversation, have) => ({ type: "follow", conversation, have });

/** The conversation is looked at. */
export const seen = (conversation) => ({ type: "seen", conversation });

export const ping = () => ({ type: "ping" });

/** The frame in a socket message; null for anything that is not one. */
export function decode(data) {
  try {
    const frame = JSON.parse(data);
    return frame && typeof frame.type === "string" ? frame : null;
  } catch {
    return null;
  }
}

const isLowSurrogate = (unit) => unit >= 0xdc00 && unit <= 0xdfff;
const isHighSurrogate = (unit) => unit >= 0xd800 && unit <= 0xdbff;
const pairAt = (text, i) => isHighSurrogate(text.charCodeAt(i)) && isLowSurrogate(text.charCodeAt(i + 1));

const PAIRS = /[\ud800-\udbff][\udc00-\udfff]/g;

/** By a regular expression: counting in a loop takes milliseconds of a page that opens with long answers. */
export const codePoints = (text) => text.length - (text.match(PAIRS)?.length ?? 0);

/** Where the code point number `count` begins, as an index into the string. */
export function unitIndex(text, count) {
  let i = 0;
  for (let left = count; left > 0 && i < text.length; left -= 1) i += pairAt(text, i) ? 2 : 1;
  return i;
}

/** The text of one answer as it arrives, whatever is lost, repeated or cut on the way. */
export class AnswerText {
  constructor(text = "") {
    this.text = text;
    this.length = codePoints(text);
  }

  /** What of a delta is new; null when something before it is missing and `follow` must fetch it. */
  delta(offset, text) {
    if (offset > this.length) return null;
    const added = text.slice(unitIndex(text, this.length - offset));
    this.#append(added);
    return added;
  }

  /**
   * A snapshot is the truth from its offset on. Gives what was added, or null when the text held here was not the
   * beginning of it (a killed process can have saved less than it had sent) and everything must be drawn again.
   * One of a running answer may be older than deltas that overtook it; then what is held here is longer and stays.
   */
  snapshot(offset, text, { final }) {
    const whole = this.text.slice(0, unitIndex(this.text, offset)) + text;
    if (!final && this.text.startsWith(whole)) return "";
    if (!whole.startsWith(this.text)) {
      this.text = whole;
      this.length = codePoints(whole);
      return null;
    }
    const added = whole.slice(this.text.length);
    this.#append(added);
    return added;
  }

  /** The text is written anew from `offset` on. */
  truncate(offset) {
    if (offset >= this.length) return;
    this.text = this.text.slice(0, unitIndex(this.text, offset));
    this.length = offset;
  }

  #append(added) {
    this.text += added;
    this.length += codePoints(added);
  }
}
