/** The search page by keyboard: "/" to the field, arrows through the results, Delete, Escape. */

/**
 * @param {Object} parts
 * @param {HTMLInputElement} parts.field
 * @param {import("./result_list.js").ResultList} parts.list
 * @param {() => void} parts.clear empties the field
 */
export function registerKeys({ field, list, clear }) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const handled = document.activeElement === field ? inField(event) : elsewhere(event);
    if (handled) event.preventDefault();
  });

  /** @param {KeyboardEvent} event */
  function inField(event) {
    if (event.key === "ArrowDown") return list.focus(0);
    if (event.key === "Escape" && field.value) {
      clear();
      return true;
    }
    return false;
  }

  /** @param {KeyboardEvent} event */
  function elsewhere(event) {
    const at = list.focusedIndex();
    const typing = document.activeElement?.matches("input:not([type=radio]), textarea, select");
    if (event.key === "/" && !typing) {
      field.focus();
      field.select();
      return true;
    }
    if (event.key === "Escape" && !typing) {
      field.focus();
      return true;
    }
    if (at < 0) return false;
    switch (event.key) {
      case "ArrowDown":
        return list.focus(at + 1);
      case "ArrowUp":
        if (at === 0) field.focus();
        else list.focus(at - 1);
        return true;
      case "Home":
        return list.focus(0);
      case "End":
        return list.focus(list.rows().length - 1);
      case "Delete":
        list.askToDelete(at);
        return true;
      default:
        return false;
    }
  }
}
