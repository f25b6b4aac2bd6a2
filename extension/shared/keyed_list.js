/** Lists that are brought up to date in place, so that focus and pointer stay where they are. */

/**
 * Rows by key. A row that stays keeps its element and its place; new ones come last.
 *
 * @template Item
 * @template {{element: HTMLElement}} Row
 */
export class KeyedList {
  /** @type {Map<string, Row>} */
  #rows = new Map();
  #box;
  #make;
  #update;

  /**
   * @param {HTMLElement} box that holds the rows
   * @param {(item: Item) => Row} make a row for a new item
   * @param {(row: Row, item: Item) => void} update
   */
  constructor(box, make, update) {
    this.#box = box;
    this.#make = make;
    this.#update = update;
  }

  /** @param {Item[]} items @param {(item: Item) => string} keyOf */
  draw(items, keyOf) {
    const wanted = new Set(items.map(keyOf));
    for (const [key, row] of this.#rows) {
      if (wanted.has(key)) continue;
      row.element.remove();
      this.#rows.delete(key);
    }
    for (const item of items) {
      let row = this.#rows.get(keyOf(item));
      if (!row) {
        row = this.#make(item);
        this.#rows.set(keyOf(item), row);
        this.#box.append(row.element);
      }
      this.#update(row, item);
    }
  }
}

/**
 * Writes a text only where it differs, so that nothing is read out or selected anew for no reason.
 *
 * @param {Element} target
 * @param {string} text
 */
export function write(target, text) {
  if (target.textContent !== text) target.textContent = text;
}
