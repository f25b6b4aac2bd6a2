/** The links to the sections of the page; the one that is being read is marked. */

import { byId } from "../shared/dom.js";

/** A person who does any of these looks where they want to. */
const ACTS = ["wheel", "touchmove", "keydown", "pointerdown"];
/** Longer than a section takes to be filled; nobody expects to be moved after that. */
const SETTLED_MS = 10_000;

/** Follows which section stands below the bar, and keeps the one in sight that the address names. */
export function followSections() {
  const links = /** @type {HTMLAnchorElement[]} */ ([...byId("jump").querySelectorAll("a")]);
  const sections = links.map((link) => byId(link.hash.slice(1)));
  const visible = new Set();
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) visible.add(target);
        else visible.delete(target);
      }
      const current = sections.find((section) => visible.has(section));
      for (const [index, link] of links.entries()) {
        if (sections[index] === current) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    },
    { rootMargin: "-100px 0px -60% 0px" },
  );
  for (const section of sections) observer.observe(section);
  keepInSight(sections);
}

/**
 * What stands above a section grows after the browser has jumped to it, so it is jumped to again, until
 * somebody does something or the page has settled.
 *
 * @param {HTMLElement[]} sections
 */
function keepInSight(sections) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const grown = new ResizeObserver(() => target()?.scrollIntoView({ behavior: "instant" }));
  // A statement in the address stands in the explorer.
  const target = () => sections.find(({ id }) => location.hash.slice(1).split("=")[0] === id);
  const end = () => {
    clearTimeout(timer);
    grown.disconnect();
  };
  const begin = () => {
    end();
    if (!target()) return;
    grown.observe(document.body);
    timer = setTimeout(end, SETTLED_MS);
  };
  for (const act of ACTS) globalThis.addEventListener(act, end, { passive: true });
  globalThis.addEventListener("hashchange", begin);
  begin();
}
