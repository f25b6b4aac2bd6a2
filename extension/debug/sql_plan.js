/** The plan of a statement as a tree, with what is slow marked. */

import { element } from "../shared/dom.js";

/**
 * @typedef {import("../shared/sql_api.js").PlanStep} PlanStep
 * @typedef {{detail: string, mark: string | null, children: PlanNode[]}} PlanNode
 */

/**
 * @param {PlanStep[]} steps as the engine lists them
 * @returns {PlanNode[]}
 */
export function planTree(steps) {
  /** @type {Map<number, PlanNode>} */
  const nodes = new Map();
  /** @type {PlanNode[]} */
  const roots = [];
  for (const { id, parent, detail } of steps) {
    const node = { detail, mark: planMark(detail), children: [] };
    nodes.set(id, node);
    (nodes.get(parent)?.children ?? roots).push(node);
  }
  return roots;
}

/**
 * What a person should know of a step, if anything: that it reads all there is, or sorts.
 *
 * @param {string} detail
 */
export function planMark(detail) {
  if (/^SCAN (?!CONSTANT ROW)/.test(detail) && !/VIRTUAL TABLE INDEX/.test(detail)) {
    return /USING (COVERING )?INDEX/.test(detail) ? "scan of an index" : "scan of every row";
  }
  if (/^SCAN .*VIRTUAL TABLE INDEX 0:$/.test(detail)) return "scan of every row";
  if (/^USE TEMP B-TREE/.test(detail)) return "sorts";
  if (/AUTOMATIC (PARTIAL )?(COVERING )?INDEX/.test(detail)) return "makes an index first";
  return null;
}

/** @param {HTMLElement} list @param {PlanStep[]} steps */
export function drawPlan(list, steps) {
  const nodes = planTree(steps);
  list.replaceChildren(
    ...(nodes.length > 0 ? nodes.map(planItem) : [element("li", { text: "Nothing has to be read." })]),
  );
}

/** @param {PlanNode} node @returns {HTMLElement} */
function planItem({ detail, mark, children }) {
  const item = element("li", {}, [element("code", { text: detail })]);
  if (mark) item.append(" ", element("span", { class: "sql-mark", text: mark }));
  if (children.length > 0) item.append(element("ul", { class: "sql-steps" }, children.map(planItem)));
  return item;
}
