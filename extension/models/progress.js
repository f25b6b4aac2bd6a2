/** A bar with words beside it. */

import { part, show } from "../shared/dom.js";
import { write } from "../shared/keyed_list.js";

/**
 * Shows how far something is, in the parts `progress`, `bar` and `progress-text` of an element.
 *
 * @param {ParentNode} root
 * @param {{label: string, share: number | null, text: string} | null} progress null when nothing goes on;
 *   a share of null when it is not known how far
 */
export function drawProgress(root, progress) {
  show(part(root, "progress"), progress !== null);
  if (!progress) return;
  const bar = /** @type {HTMLProgressElement} */ (part(root, "bar"));
  bar.setAttribute("aria-label", progress.label);
  if (progress.share === null) bar.removeAttribute("value");
  else bar.value = progress.share;
  write(part(root, "progress-text"), progress.text);
}
