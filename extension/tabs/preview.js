/** The preview: windows, their groups, and the tabs that stay without one. */

import { element, part, show } from "../shared/dom.js";
import { GroupCard } from "./group_card.js";
import { MoveMenu } from "./move_menu.js";
import { dragRows } from "./row_drag.js";
import { walkRows } from "./row_keys.js";
import { TabRow } from "./tab_row.js";

/** Stands for "no group" where a group is named. */
const LOOSE = "none-";
const NEW = "new-";
/** From so many tabs on it takes noticeably long to lay them all out. */
const MANY = 150;

/**
 * @typedef {import("./proposal.js").Proposal} Proposal
 * @typedef {import("./proposal.js").ProposedTab} ProposedTab
 *
 * @typedef {Object} PreviewActions
 * @property {() => void} changed
 * @property {(words: string) => void} announce
 * @property {(tabId: number) => void} open
 */

export class Preview {
  /** @type {Proposal | null} */
  #proposal = null;
  /** @type {Map<number, TabRow>} */
  #rows = new Map();
  /** @type {Map<string, GroupCard>} */
  #cards = new Map();
  /** @type {Map<number, {root: HTMLElement, groups: HTMLElement, loose: HTMLElement, list: HTMLElement}>} */
  #windows = new Map();
  #menu;
  #box;
  #actions;
  #here = 0;

  /**
   * @param {HTMLElement} box
   * @param {PreviewActions} actions
   */
  constructor(box, actions) {
    this.#box = box;
    this.#actions = actions;
    this.#menu = new MoveMenu(box);
    dragRows(box, (tabId, key) => this.#moveTo(tabId, key));
    walkRows(box, (tabId, step) => this.#moveBy(tabId, step));
    box.addEventListener("focusin", (event) => this.#enter(event));
  }

  /** Shows another proposal, or none. @param {Proposal | null} proposal @param {number} here the window of the page */
  show(proposal, here) {
    this.#proposal = proposal;
    this.#here = here;
    this.#rows.clear();
    this.#cards.clear();
    this.#windows.clear();
    this.#menu.close();
    this.#box.replaceChildren();
    this.#box.classList.toggle("many", (proposal?.size ?? 0) >= MANY);
    this.draw();
  }

  /** Brings what is shown up to date. */
  draw() {
    const proposal = this.#proposal;
    if (!proposal) return;
    const wanted = new Set(proposal.groups.map((group) => group.key));
    for (const [key, card] of this.#cards) {
      if (wanted.has(key)) continue;
      card.element.remove();
      this.#cards.delete(key);
    }
    for (const [index, id] of proposal.windowIds.entries()) {
      const window = this.#windowOf(id, index);
      const cards = proposal.groupsIn(id).map((group) => {
        const card = this.#cardOf(group);
        card.update(group);
        arrange(card.list, this.#rowsFor(group.tabIds.map((tabId) => proposal.tab(tabId))));
        return card.element;
      });
      arrange(window.groups, cards);
      const loose = proposal.looseIn(id);
      arrange(window.list, this.#rowsFor(loose));
      show(window.loose, loose.length > 0 || cards.length > 0);
      part(window.loose, "count").textContent = loose.length === 0 ? "" : String(loose.length);
    }
  }

  /** @param {number} tabId */
  focus(tabId) {
    this.#rows.get(tabId)?.name.focus();
  }

  focusFirst() {
    this.#box.querySelector("button")?.focus();
  }

  /** @param {ProposedTab[]} tabs @returns {HTMLElement[]} */
  #rowsFor(tabs) {
    return tabs.map((tab, index) => {
      let row = this.#rows.get(tab.id);
      if (!row) {
        row = new TabRow(tab, {
          open: this.#actions.open,
          chooseTarget: (id, anchor) => this.#chooseTarget(id, anchor),
        });
        this.#rows.set(tab.id, row);
      }
      row.setCurrent(index === 0 || row.element.contains(document.activeElement));
      return row.element;
    });
  }

  /** @param {import("./proposal.js").ProposedGroup} group */
  #cardOf(group) {
    const known = this.#cards.get(group.key);
    if (known) return known;
    const change = (/** @type {() => void} */ action) => {
      action();
      this.#actions.changed();
    };
    const card = new GroupCard(group, {
      rename: (key, name) => change(() => this.#proposal?.rename(key, name)),
      recolour: (key, color) => change(() => this.#proposal?.recolour(key, color)),
      drop: (key) => {
        const name = this.#proposal?.groups.find((one) => one.key === key)?.name ?? "";
        change(() => this.#proposal?.drop(key));
        this.#actions.announce(`The group ${name} is left out.`);
        this.focusFirst();
      },
    });
    card.element.dataset.window = String(group.windowId);
    this.#cards.set(group.key, card);
    return card;
  }

  /** @param {number} id @param {number} index */
  #windowOf(id, index) {
    const known = this.#windows.get(id);
    if (known) return known;
    const several = (this.#proposal?.windowIds.length ?? 0) > 1;
    const groups = element("div", { class: "groups" });
    const list = element("ul", { class: "group-tabs", attributes: { "aria-label": "Not grouped" } });
    const loose = element(
      "section",
      {
        class: "group loose",
        attributes: { "aria-label": "Not grouped", "data-group": `${LOOSE}${id}`, "data-window": String(id) },
      },
      [
        element("div", { class: "group-head" }, [
          element("p", { class: "group-title", text: "Not grouped" }),
          element("span", { class: "group-count", attributes: { "data-part": "count" } }),
        ]),
        list,
      ],
    );
    const fresh = element("p", {
      class: "new-group",
      text: "Drop a tab here for a new group",
      attributes: { "data-group": `${NEW}${id}`, "data-window": String(id) },
    });
    const name = id === this.#here ? "This window" : `Window ${index + 1}`;
    const heading = several ? [element("h2", { class: "window-name", text: name })] : [];
    const root = element("div", { class: "window" }, [...heading, groups, fresh, loose]);
    this.#box.append(root);
    const made = { root, groups, loose, list };
    this.#windows.set(id, made);
    return made;
  }

  /** @param {number} tabId @param {HTMLElement} anchor */
  #chooseTarget(tabId, anchor) {
    const proposal = this.#proposal;
    if (!proposal) return;
    const { windowId, title, url } = proposal.tab(tabId);
    const now = proposal.groupOf(tabId);
    const targets = proposal
      .groupsIn(windowId)
      .filter((group) => group.key !== now?.key)
      .map(({ key, name, color }) => ({
        label: name || "Group without a name",
        /** @type {string} */ color,
        choose: () => this.#moveTo(tabId, key),
      }));
    if (now) {
      targets.push({
        label: "Not grouped",
        color: "none",
        choose: () => this.#moveTo(tabId, `${LOOSE}${windowId}`),
      });
    }
    targets.push({
      label: "New group",
      color: "new",
      choose: () => this.#moveTo(tabId, `${NEW}${windowId}`),
    });
    this.#menu.open(anchor, `Move “${title || url}” to`, targets);
  }

  /** @param {number} tabId @param {1 | -1} step to the next or the previous group */
  #moveBy(tabId, step) {
    const proposal = this.#proposal;
    if (!proposal) return;
    const { windowId } = proposal.tab(tabId);
    const places = [...proposal.groupsIn(windowId).map((group) => group.key), `${LOOSE}${windowId}`];
    const now = proposal.groupOf(tabId)?.key ?? `${LOOSE}${windowId}`;
    const next = places[places.indexOf(now) + step];
    if (next) this.#moveTo(tabId, next);
  }

  /** @param {number} tabId @param {string} place */
  #moveTo(tabId, place) {
    const proposal = this.#proposal;
    if (!proposal) return;
    if (place.startsWith(NEW)) proposal.moveToNew(tabId);
    else proposal.move(tabId, place.startsWith(LOOSE) ? null : place);
    this.#actions.changed();
    const { title, url } = proposal.tab(tabId);
    const group = proposal.groupOf(tabId);
    this.#actions.announce(
      group ? `“${title || url}” is in ${group.name} now.` : `“${title || url}” is in no group now.`,
    );
    if (place.startsWith(NEW) && group) {
      const { input } = this.#cardOf(group);
      input.focus();
      input.select();
    } else this.focus(tabId);
  }

  /** The row that has the focus is the one of its list that the Tab key comes back to. @param {FocusEvent} event */
  #enter(event) {
    const item = event.target instanceof Element ? event.target.closest("[data-tab]") : null;
    for (const sibling of item?.parentElement?.children ?? []) {
      const row = this.#rows.get(Number(/** @type {HTMLElement} */ (sibling).dataset.tab));
      row?.setCurrent(sibling === item);
    }
  }
}

/**
 * Puts these children into the box in this order; what is in place is not touched.
 *
 * @param {HTMLElement} box
 * @param {HTMLElement[]} children
 */
function arrange(box, children) {
  for (const [index, child] of children.entries()) {
    if (box.children[index] !== child) box.insertBefore(child, box.children[index] ?? null);
  }
  while (box.children.length > children.length) box.lastElementChild?.remove();
}
