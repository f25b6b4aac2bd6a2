/** Dragging tabs from group to group. */

const TYPE = "application/x-ai-history-tab";

/**
 * @param {HTMLElement} area that holds rows (`data-tab`) and places to drop them on (`data-group`)
 * @param {(tabId: number, key: string) => void} onDrop
 */
export function dragRows(area, onDrop) {
  /** @type {HTMLElement | null} */
  let over = null;
  /** @type {HTMLElement | null} */
  let dragged = null;

  area.addEventListener("dragstart", (event) => {
    dragged = closest(event, "[data-tab]");
    if (!dragged || !event.dataTransfer) return;
    event.dataTransfer.setData(TYPE, dragged.dataset.tab ?? "");
    event.dataTransfer.effectAllowed = "move";
    dragged.classList.add("dragged");
  });
  area.addEventListener("dragover", (event) => {
    const place = event.dataTransfer?.types.includes(TYPE) ? placeOf(event) : null;
    mark(place);
    if (place) event.preventDefault();
  });
  area.addEventListener("dragleave", (event) => {
    if (!area.contains(/** @type {Node | null} */ (event.relatedTarget))) mark(null);
  });
  area.addEventListener("drop", (event) => {
    const place = placeOf(event);
    const tabId = Number(event.dataTransfer?.getData(TYPE));
    end();
    if (!place?.dataset.group || !tabId) return;
    event.preventDefault();
    onDrop(tabId, place.dataset.group);
  });
  area.addEventListener("dragend", end);

  /** A tab stays in its window, so only groups of that one take it. @param {DragEvent} event */
  function placeOf(event) {
    const place = closest(event, "[data-group]");
    return place?.dataset.window === windowOf(dragged) ? place : null;
  }

  /** @param {HTMLElement | null} place */
  function mark(place) {
    if (over === place) return;
    over?.classList.remove("over");
    place?.classList.add("over");
    over = place;
  }

  function end() {
    dragged?.classList.remove("dragged");
    mark(null);
    dragged = null;
  }
}

/** @param {HTMLElement | null} row */
function windowOf(row) {
  return /** @type {HTMLElement | null} */ (row?.closest("[data-group]"))?.dataset.window;
}

/** @param {Event} event @param {string} selector @returns {HTMLElement | null} */
function closest(event, selector) {
  return event.target instanceof Element ? event.target.closest(selector) : null;
}
