/** How the SQL editor looks: the colours of the pages, in light and in dark. */

import { tags } from "../vendor/codemirror/codemirror.js";

/** What each kind of word is coloured. */
export const COLOURS = [
  { tag: tags.keyword, color: "var(--sql-keyword)", fontWeight: "600" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--sql-string)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--sql-number)" },
  { tag: [tags.standard(tags.name), tags.typeName], color: "var(--sql-name)" },
  { tag: [tags.lineComment, tags.blockComment], color: "var(--ink-faint)", fontStyle: "italic" },
  { tag: [tags.special(tags.name)], color: "var(--sql-name)" },
];

/** @type {Record<string, Record<string, any>>} */
export const LOOK = {
  "&": {
    minHeight: "9.5em",
    maxHeight: "40vh",
    backgroundColor: "var(--surface)",
    color: "var(--ink)",
    fontSize: "13px",
    borderRadius: "var(--radius-small)",
  },
  "&.cm-focused": { outline: "2px solid var(--focus)", outlineOffset: "1px" },
  ".cm-scroller": {
    overflow: "auto",
    fontFamily: 'ui-monospace, "SF Mono", Menlo, Consolas, monospace',
    lineHeight: "1.55",
  },
  ".cm-content": { padding: "8px 4px", caretColor: "var(--ink)", minHeight: "9em" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--accent-wash)" },
  "&.cm-focused .cm-nonmatchingBracket": { backgroundColor: "var(--danger-wash)" },
  ".cm-tooltip": {
    border: "1px solid var(--line-strong)",
    borderRadius: "var(--radius-small)",
    backgroundColor: "var(--surface)",
    color: "var(--ink)",
  },
  ".cm-tooltip.cm-completionInfo": { padding: "6px 8px", maxWidth: "300px" },
  ".cm-tooltip-autocomplete > ul": { fontFamily: "inherit", maxHeight: "14em" },
  ".cm-tooltip-autocomplete > ul > li": { padding: "3px 8px" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": {
    backgroundColor: "var(--accent)",
    color: "var(--accent-ink)",
  },
  ".cm-completionDetail": { marginLeft: "1em", fontStyle: "normal", opacity: "0.75" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
};
