/** What an answer to an upload means: taken, there already, refused with a reason, or worth another try by itself. */
import { t } from "../words.js";

const FINAL = new Set(["empty", "too_large", "wrong_kind", "no_document"]);
const PASSING = new Set(["unreachable", "signed_out"]);

export const isPassing = (error) => PASSING.has(error.code);

export function answerOf(status, body) {
  if (status === 0 || status === 502 || status === 503 || status === 504) return { code: "unreachable", text: t("The server cannot be reached.") };
  if (status === 401) return { code: "signed_out", text: t("You are signed out.") };
  if (body?.document) return { state: body.duplicate ? "duplicate" : "sent", document: body.document };
  if (body?.error) return { state: "refused", text: body.error.text, retry: !FINAL.has(body.error.code) };
  if (status === 413) return { state: "refused", text: t("This file is larger than the server takes. Split it, or ask the operator to raise the limit."), retry: false };
  if (status === 403) return { state: "refused", text: t("This page is out of date. Load it again, then send the file once more."), retry: true };
  return { state: "refused", text: t("The server could not take this file. Wait a moment, then retry."), retry: true };
}
