/** When the explorer begins to work: once it is looked at, and the page has been painted. */

/**
 * Calls once the element comes into view or is used, never before the first painting of the page.
 *
 * @param {HTMLElement} target
 * @param {() => void} onSeen
 */
export function whenSeen(target, onSeen) {
  let seen = false;
  const start = () => {
    if (seen) return;
    seen = true;
    observer.disconnect?.();
    // Behind the next frame, so that what is on the screen by then does not wait.
    requestAnimationFrame(() => setTimeout(onSeen));
  };
  const observer = new IntersectionObserver((entries) => {
    if (entries.some(({ isIntersecting }) => isIntersecting)) start();
  });
  observer.observe(target);
  target.addEventListener("focusin", start, { once: true });
}
