/** Going from tab to tab with the arrow keys, and taking one along with Alt. */

/**
 * @param {HTMLElement} area that holds rows (`data-tab`)
 * @param {(tabId: number, step: 1 | -1) => void} onMove
 */
export function walkRows(area, onMove) {
  area.addEventListener("keydown", (event) => {
    const row = /** @type {HTMLElement | null} */ (
      event.target instanceof Element ? event.target.closest("[data-tab]") : null
    );
    if (!row || event.ctrlKey || event.metaKey) return;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (event.altKey && step !== 0) onMove(Number(row.dataset.tab), step);
    else if (!event.altKey && step !== 0) focusRow(rowsOf(area).at(rowsOf(area).indexOf(row) + step), step);
    else if (!event.altKey && event.key === "Home") focusRow(rowsOf(area)[0], 1);
    else if (!event.altKey && event.key === "End") focusRow(rowsOf(area).at(-1), 1);
    else return;
    event.preventDefault();
  });

  /** Nothing comes before the first row. @param {HTMLElement | undefined} row @param {number} step */
  function focusRow(row, step) {
    const wrapped = step === -1 && row === rowsOf(area).at(-1);
    if (!wrapped) row?.querySelector("button")?.focus();
  }
}

/** @param {HTMLElement} area @returns {HTMLElement[]} */
function rowsOf(area) {
  return [...area.querySelectorAll(/** @type {"div"} */ ("[data-tab]"))];
}
