/** Files that are dropped on the page or pasted into the question. */

/** `cover` says where they go, while they are held over the page. */
export function dropFiles(cover, ondrop) {
  const holdsFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const show = (shown) => (cover.hidden = !shown);
  addEventListener("dragenter", (event) => holdsFiles(event) && show(true));
  addEventListener("dragover", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
  });
  addEventListener("dragleave", (event) => event.relatedTarget === null && show(false));
  addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    show(false);
    ondrop([...event.dataTransfer.items].filter(isFile).map((item) => item.getAsFile()).filter(Boolean));
  });
}

/** A folder looks like a file without a type. */
const isFile = (item) => item.kind === "file" && !item.webkitGetAsEntry?.()?.isDirectory;

/** Office programs copy a picture of what is copied as text: then the text is meant. */
export function pastedFiles(clipboard) {
  const types = [...(clipboard?.types ?? [])];
  return types.includes("text/plain") ? [] : [...(clipboard?.files ?? [])];
}
