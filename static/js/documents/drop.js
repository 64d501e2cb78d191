/** Files and folders dropped anywhere on the page. */
import { byId } from "../dom.js";
import { fromDrop } from "./gather.js";

export function dropAnywhere({ ondrop, onprogress }) {
  const cover = byId("drop-cover");
  const holdsFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const show = (shown) => (cover.hidden = !shown);
  addEventListener("dragenter", (event) => holdsFiles(event) && show(true));
  addEventListener("dragover", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
  });
  addEventListener("dragleave", (event) => event.relatedTarget === null && show(false));
  addEventListener("drop", async (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    show(false);
    ondrop(await fromDrop(event.dataTransfer, onprogress));
  });
}
