/** A button that copies a text and says whether it did. */

import { button } from "../shared/dom.js";

/**
 * @param {string} label
 * @param {() => string} text made when it is pressed
 * @param {(text: string) => Promise<void>} copy
 */
export function copyButton(label, text, copy) {
  const made = button(
    label,
    async () => {
      const done = await copy(text()).then(
        () => true,
        () => false,
      );
      made.textContent = done ? "Copied" : "Not copied";
    },
    "quiet small",
  );
  made.addEventListener("blur", () => {
    made.textContent = label;
  });
  return made;
}
