/** The links to the sections of the page; the one that is being read is marked. */

import { byId } from "../shared/dom.js";

/** Follows which section stands below the bar. */
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
}
