/** Brings nodes up to date in place, so that what stays the same keeps its focus, selection and place. */

/**
 * Makes the children of `target` those of `wanted`, touching only what differs.
 *
 * @param {Element} target
 * @param {Element} wanted is used up
 */
export function morphChildren(target, wanted) {
  const next = [...wanted.childNodes];
  next.forEach((node, index) => {
    const known = target.childNodes[index];
    if (!known) target.append(node);
    else if (!morph(known, node)) target.replaceChild(node, known);
  });
  while (target.childNodes.length > next.length) target.lastChild?.remove();
}

/** @param {Node} known @param {Node} wanted @returns {boolean} whether it could be done in place */
function morph(known, wanted) {
  if (known.nodeName !== wanted.nodeName) return false;
  if (known.nodeType === Node.TEXT_NODE) {
    if (known.nodeValue !== wanted.nodeValue) known.nodeValue = wanted.nodeValue;
    return true;
  }
  if (!(known instanceof Element) || !(wanted instanceof Element)) return false;
  for (const { name } of [...known.attributes]) if (!wanted.hasAttribute(name)) known.removeAttribute(name);
  for (const { name, value } of wanted.attributes) {
    if (known.getAttribute(name) !== value) known.setAttribute(name, value);
  }
  morphChildren(known, wanted);
  return true;
}

/**
 * The same for two single elements; another kind of element takes the place of the first.
 *
 * @param {Element} known
 * @param {Element} wanted
 * @returns {Element} the one that is in the page
 */
export function morphElement(known, wanted) {
  if (morph(known, wanted)) return known;
  known.replaceWith(wanted);
  return wanted;
}
