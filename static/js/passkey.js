import { wired } from "./wired.js";

// Says so when the browser could not use a passkey: allauth's script tells the document.
//   <p id="webauthn-failed" hidden>…</p>
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const words = document.getElementById("webauthn-failed");
  if (words) words.hidden = false;
});
// allauth wires its buttons when the document is there; what was pressed before is pressed then (early.js).
addEventListener("load", wired);
