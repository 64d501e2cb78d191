/** What weakens a source, a line each: an icon and words, never colour alone. */
import { h, icon } from "./dom.js";

export const markLines = ({ marks }) =>
  (marks ?? []).map(({ code, text }) => h("p", { class: "mark-line", "data-mark": code }, icon(code === "replaced" ? "info" : "alert"), text));
