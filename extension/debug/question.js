/** Dialogs: what is asked once, in words. Esc and Cancel mean no; the focus goes back where it came from. */

import { byId, element, part, show } from "../shared/dom.js";

/**
 * Opens a dialog and waits until it is closed.
 *
 * @param {HTMLDialogElement} dialog whose buttons with `data-choice` close it
 * @returns {Promise<string>} the choice of the button that closed it, or "" when nothing was chosen
 */
export function openDialog(dialog) {
  const before = document.activeElement;
  dialog.returnValue = "";
  return new Promise((resolve) => {
    const onClick = (/** @type {Event} */ event) => {
      const chosen = event.target instanceof Element ? event.target.closest("[data-choice]") : null;
      if (chosen instanceof HTMLElement) dialog.close(chosen.dataset.choice ?? "");
    };
    dialog.addEventListener("click", onClick);
    dialog.addEventListener(
      "close",
      () => {
        dialog.removeEventListener("click", onClick);
        if (before instanceof HTMLElement) before.focus();
        resolve(dialog.returnValue);
      },
      { once: true },
    );
    dialog.showModal();
  });
}

/**
 * Asks a person before something that cannot be undone.
 *
 * @param {Object} words
 * @param {string} words.title
 * @param {string[]} words.text sentences, a paragraph each
 * @param {string[]} [words.goes] what goes
 * @param {string[]} [words.stays] what stays
 * @param {string} words.yes the act, as its button names it
 * @param {string} [words.option] what can be done as well
 * @param {boolean} [words.gentle] nothing is lost by it
 * @returns {Promise<{option: boolean} | null>} null when it is not wanted; else whether the option is
 */
export async function ask({ title, text, goes = [], stays = [], yes, option = "", gentle = false }) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("question"));
  part(dialog, "title").textContent = title;
  part(dialog, "text").replaceChildren(...text.map((line) => element("p", { text: line })));
  fill(part(dialog, "goes"), goes);
  fill(part(dialog, "stays"), stays);
  show(part(dialog, "goes-box"), goes.length > 0);
  show(part(dialog, "stays-box"), stays.length > 0);
  const confirm = part(dialog, "yes");
  confirm.textContent = yes;
  confirm.classList.toggle("danger", !gentle);
  confirm.classList.toggle("primary", gentle);
  const box = /** @type {HTMLInputElement} */ (part(dialog, "option"));
  box.checked = false;
  part(dialog, "option-words").textContent = option;
  show(part(dialog, "option-box"), option !== "");
  return (await openDialog(dialog)) === "yes" ? { option: box.checked } : null;
}

/** @param {HTMLElement} list @param {string[]} lines */
function fill(list, lines) {
  list.replaceChildren(...lines.map((text) => element("li", { text })));
}
