/** What became of everything, after it was deleted. Words and their nodes. */

import { countText } from "../shared/dates.js";
import { element } from "../shared/dom.js";
import { byteText } from "../shared/sizes.js";

/**
 * @typedef {import("../shared/store_api.js").DeletionReceipt} DeletionReceipt
 * @typedef {import("../shared/store_api.js").ReceiptItem} ReceiptItem
 */

const EXPORT = "export";
/** @type {Record<string, string>} what there may be many of */
const MANY = { log: "Logs", model: "Models", export: "Exports" };

/** @param {DeletionReceipt} receipt */
export function receiptText({ total_bytes: bytes, left = [] }) {
  const words = [`Deleted: ${byteText(bytes)} in all. What the extension kept in this browser is gone, too.`];
  if (left.some(({ what }) => what !== EXPORT)) {
    words.push("Some files could not be removed; delete them by hand.");
  }
  if (left.some(({ what }) => what === EXPORT)) words.push("Files that you exported are still there.");
  return words.join(" ");
}

/** @param {DeletionReceipt} receipt @param {string} [profile] the name of this browser profile */
export function receiptNodes({ removed, left = [] }, profile = "") {
  /** @type {HTMLElement[]} */
  const parts = [receiptList("Removed", gather(removed), profile)];
  if (left.length > 0) parts.push(element("h4", { text: "Left" }), receiptList("Left", left, profile));
  return parts;
}

/** @param {string} name @param {ReceiptItem[]} items @param {string} profile */
function receiptList(name, items, profile) {
  return element(
    "ul",
    { class: "receipt", attributes: { "aria-label": name } },
    items.map((item) =>
      element("li", {}, [
        element("strong", { text: nameOf(item, profile) }),
        ...(item.files > 0 ? [element("span", { class: "faint", text: sizeOf(item) })] : []),
        element("code", { text: item.path }),
        ...(item.why ? [element("span", { text: item.why })] : []),
      ]),
    ),
  );
}

/**
 * One row for all logs; what a person may want to know by its name stays by itself.
 *
 * @param {ReceiptItem[]} items
 */
function gather(items) {
  const logs = items.filter(({ what }) => what === "log");
  if (logs.length < 2) return items;
  const [{ path }] = logs;
  const all = {
    what: "log",
    path: path.replace(/[\\/][^\\/]*$/, ""),
    files: logs.reduce((sum, { files }) => sum + files, 0),
    bytes: logs.reduce((sum, { bytes }) => sum + bytes, 0),
  };
  const first = items.indexOf(logs[0]);
  return items.flatMap((item, place) => (item.what !== "log" ? [item] : place === first ? [all] : []));
}

/** @param {ReceiptItem} item @param {string} profile */
function nameOf({ what, files }, profile) {
  const many = files > 1 ? MANY[what] : undefined;
  if (many) return many;
  // The name of a profile is random and says nothing to anybody.
  const [, kind, whose] = /^(history|backups) of (.+)$/.exec(what) ?? [];
  const words = kind ? `${kind} of ${whose === profile ? "this" : "another"} browser profile` : what;
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** @param {ReceiptItem} item */
function sizeOf({ files, bytes }) {
  return `${files === 1 ? "1 file" : `${countText(files)} files`}, ${byteText(bytes)}`;
}
