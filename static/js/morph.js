/**
 * Makes the children of `parent` from `start` on equal to those of `fragment`, touching only what differs. Text
 * selected, a focused citation or a scrolled table in the open block thus survive the next delta. An element with
 * `data-same` is filled by somebody else: it stays when an equal one is wanted, and else is replaced.
 */
export function morphChildren(parent, fragment, start = 0) {
  const wanted = [...fragment.childNodes];
  wanted.forEach((node, i) => {
    const present = parent.childNodes[start + i];
    if (!present) parent.append(node);
    else if (!alike(present, node)) present.replaceWith(node);
    else morphNode(present, node);
  });
  while (parent.childNodes.length > start + wanted.length) parent.lastChild.remove();
}

const alike = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && a.dataset?.same === b.dataset?.same;

function morphNode(present, wanted) {
  if (present.nodeType === Node.TEXT_NODE) {
    if (present.data === wanted.data) return;
    // Appending keeps a selection inside the text alive, replacing would not.
    if (wanted.data.startsWith(present.data)) present.appendData(wanted.data.slice(present.data.length));
    else present.data = wanted.data;
    return;
  }
  if (present.nodeType !== Node.ELEMENT_NODE || present.dataset?.same !== undefined || present.isEqualNode(wanted)) return;
  morphAttributes(present, wanted);
  morphChildren(present, wanted);
}

function morphAttributes(present, wanted) {
  for (const { name } of [...present.attributes]) if (!wanted.hasAttribute(name)) present.removeAttribute(name);
  for (const { name, value } of wanted.attributes) if (present.getAttribute(name) !== value) present.setAttribute(name, value);
}
