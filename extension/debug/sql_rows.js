/**
 * The table "Rows": what a statement gave. Its rows are laid out as a grid each, so that the browser can leave
 * out those that are out of sight; with that their roles have to be said.
 */

import { longDate } from "../shared/dates.js";
import { element } from "../shared/dom.js";
import { cellDate, cellKind, cellLink, cellText } from "./sql_cells.js";

/**
 * @typedef {import("../shared/sql_api.js").Cell} Cell
 */

const ROWS_A_FRAME = 100;
/** Longer texts, and those of several lines, are cut, and open in a dialog. */
const LONGEST = 80;
const WIDTHS = { least: 5, most: 46, looksAt: 60 };

export class RowsTable {
  #parts;
  #onOpen;
  #drawing = 0;

  /**
   * @param {{head: HTMLElement, body: HTMLElement, table: HTMLElement}} parts
   * @param {(cell: Cell, column: string, row: number) => void} onOpen shows the whole of a cell
   */
  constructor(parts, onOpen) {
    this.#parts = parts;
    parts.table.setAttribute("role", "table");
    for (const group of [parts.head, parts.body]) group.setAttribute("role", "rowgroup");
    this.#onOpen = onOpen;
  }

  /**
   * @param {string[]} columns
   * @param {Cell[][]} rows
   * @param {number} offset of the first row
   */
  draw(columns, rows, offset) {
    const ticket = ++this.#drawing;
    const { head, body, table } = this.#parts;
    const widths = columnWidths(columns, rows);
    table.style.width = `${widths.reduce((sum, width) => sum + width, 0)}ch`;
    table.style.setProperty(
      "--sql-widths",
      widths.map((width) => `minmax(${width}ch, ${width}fr)`).join(" "),
    );
    head.replaceChildren(element("tr", { attributes: { role: "row" } }, columns.map(headCell)));
    body.replaceChildren();
    const step = (/** @type {number} */ from) => {
      if (ticket !== this.#drawing) return;
      const piece = rows.slice(from, from + ROWS_A_FRAME);
      body.append(...piece.map((row, index) => this.#row(columns, row, offset + from + index)));
      if (from + ROWS_A_FRAME < rows.length) requestAnimationFrame(() => step(from + ROWS_A_FRAME));
    };
    step(0);
  }

  /** @param {string[]} columns @param {Cell[]} row @param {number} number from 0 */
  #row(columns, row, number) {
    return element(
      "tr",
      { attributes: { role: "row" } },
      row.map((cell, index) => this.#cell(cell, columns[index], number)),
    );
  }

  /** @param {Cell} cell @param {string} column @param {number} row */
  #cell(cell, column, row) {
    const text = cellText(cell);
    const made = element("td", { class: `sql-${cellKind(cell)}`, attributes: { role: "cell" } });
    const link = cellLink(cell);
    const date = cellDate(cell, column);
    if (link) made.append(linkTo(link, text));
    else if (date) made.append(moment(text, date));
    else made.append(text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text.replace(/\s+/g, " "));
    if (opens(cell, text)) {
      made.append(
        " ",
        element("button", {
          class: "link-button",
          text: "more",
          attributes: { type: "button", "aria-label": `More of ${column}, row ${row + 1}` },
          onClick: () => this.#onOpen(cell, column, row),
        }),
      );
      made.classList.add("sql-cut");
    }
    return made;
  }
}

/** @param {string} name */
function headCell(name) {
  return element("th", { text: name, attributes: { role: "columnheader", title: name } });
}

/** @param {string} address @param {string} text */
function linkTo(address, text) {
  return element("a", {
    text,
    attributes: { href: address, target: "_blank", rel: "noopener noreferrer", title: address },
  });
}

/** @param {string} text @param {Date} date */
function moment(text, date) {
  const attributes = { datetime: date.toISOString(), title: longDate(date.getTime()) };
  return element("time", { text, attributes });
}

/** Whether there is more to a cell than the table shows. @param {Cell} cell @param {string} text */
function opens(cell, text) {
  const kind = cellKind(cell);
  if (kind === "blob" || kind === "vector") return true;
  return text.length > LONGEST || /[\r\n]/.test(text) || (typeof cell === "object" && cell?.kind === "text");
}

/**
 * How wide each column is to be, in characters: what most of its cells need, within bounds.
 *
 * @param {string[]} columns
 * @param {Cell[][]} rows
 */
export function columnWidths(columns, rows) {
  const seen = rows.slice(0, WIDTHS.looksAt);
  return columns.map((name, index) => {
    const lengths = seen.map((row) => cellText(row[index]).length).sort((a, b) => a - b);
    const usual = lengths[Math.floor(lengths.length * 0.9)] ?? 0;
    return Math.min(WIDTHS.most, Math.max(WIDTHS.least, name.length, usual)) + 3;
  });
}
