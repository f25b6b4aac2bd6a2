/**
 * Reads the page it is put into, once it has settled. Self-contained: it runs in the page's process,
 * in a world of its own, and changes nothing there.
 *
 * What a person has typed never leaves the page: values of fields, text areas, choices and editable
 * regions are left out, and so are scripts (but for the page's own description of itself), styles,
 * comments and frames from other sites.
 */

(() => {
  const scope = /** @type {any} */ (globalThis);
  if (scope.aiHistoryReader) return;

  const ENOUGH_TEXT = 600;
  const QUIET_MS = 500;
  /** A page that shows next to nothing is probably still fetching what it is about. */
  const QUIET_WHEN_EMPTY_MS = 3000;
  const LONGEST_WAIT_MS = 12_000;
  const CAPACITY = 20_000_000;
  const DEEPEST = 400;

  const READABLE = new Set(["text/html", "application/xhtml+xml", "text/plain", "text/markdown"]);
  const LEFT_OUT = new Set(
    (
      "script style noscript template svg math canvas object embed applet audio video source track map " +
      "input textarea select option optgroup datalist output progress meter base param"
    ).split(" "),
  );
  const VOID = new Set(["br", "hr", "img", "meta", "link", "wbr", "col", "area"]);
  const KEPT_ATTRIBUTES = new Set(
    (
      "id class lang dir role rel href alt title name content property itemprop itemscope itemtype datetime " +
      "charset http-equiv hidden aria-hidden aria-label colspan rowspan start reversed cite"
    ).split(" "),
  );
  const DESCRIPTION = "application/ld+json";

  /**
   * @typedef {Object} Writer
   * @property {string[]} pieces
   * @property {number} length
   * @property {boolean} full
   * @property {number} capacity
   */

  /**
   * @param {Writer} writer
   * @param {string} piece
   */
  function write(writer, piece) {
    if (writer.full) return;
    if (writer.length + piece.length > writer.capacity) {
      writer.full = true;
      return;
    }
    writer.pieces.push(piece);
    writer.length += piece.length;
  }

  /** @param {string} text */
  function escapeText(text) {
    return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  }

  /** @param {string} text */
  function escapeAttribute(text) {
    return escapeText(text).replace(/"/g, "&quot;");
  }

  /** @param {Element} element */
  function isEditable(element) {
    const editable = element.getAttribute("contenteditable");
    if (editable !== null && editable.toLowerCase() !== "false") return true;
    const role = element.getAttribute("role");
    return role === "textbox" || role === "searchbox" || role === "combobox";
  }

  /**
   * @param {Writer} writer
   * @param {Iterable<Node>} nodes
   * @param {number} depth
   */
  function writeAll(writer, nodes, depth) {
    for (const node of nodes) {
      if (writer.full) return;
      if (node.nodeType === Node.TEXT_NODE) write(writer, escapeText(node.nodeValue ?? ""));
      else if (node.nodeType === Node.ELEMENT_NODE)
        writeElement(writer, /** @type {Element} */ (node), depth);
    }
  }

  /**
   * @param {Writer} writer
   * @param {Element} element
   * @param {number} depth
   */
  function writeElement(writer, element, depth) {
    const tag = element.localName;
    if (depth > DEEPEST || isEditable(element)) return;
    if (tag === "script" && element.getAttribute("type") === DESCRIPTION) {
      write(
        writer,
        `<script type="${DESCRIPTION}">${(element.textContent ?? "").replace(/<\//g, "<\\/")}</script>`,
      );
      return;
    }
    if (LEFT_OUT.has(tag) || (tag === "link" && element.getAttribute("rel") !== "canonical")) return;
    if (tag === "slot") {
      writeAll(writer, slotted(/** @type {HTMLSlotElement} */ (element)), depth + 1);
      return;
    }
    if (tag === "iframe" || tag === "frame") {
      const body = sameOriginDocument(/** @type {HTMLIFrameElement} */ (element))?.body;
      if (body) wrap(writer, "div", "", body.childNodes, depth);
      return;
    }
    // Unknown names would be dropped with their text by whoever looks for the article.
    const name = tag.includes("-") || !/^[a-z][a-z0-9]*$/.test(tag) ? "div" : tag;
    if (VOID.has(name)) write(writer, `<${name}${attributes(element)}>`);
    else wrap(writer, name, attributes(element), (element.shadowRoot ?? element).childNodes, depth);
  }

  /**
   * @param {Writer} writer
   * @param {string} name
   * @param {string} attributeText
   * @param {Iterable<Node>} nodes
   * @param {number} depth
   */
  function wrap(writer, name, attributeText, nodes, depth) {
    write(writer, `<${name}${attributeText}>`);
    if (writer.full) return;
    writeAll(writer, nodes, depth + 1);
    // Written even when there is no more room, so that what was begun is closed.
    writer.pieces.push(`</${name}>`);
    writer.length += name.length + 3;
  }

  /** @param {Element} element */
  function attributes(element) {
    let text = "";
    for (const { name, value } of element.attributes) {
      if (!KEPT_ATTRIBUTES.has(name)) continue;
      if (name === "href" && !/^(https?:|\/|\.|#|\?|[^:]*$)/i.test(value.trim())) continue;
      text += ` ${name}="${escapeAttribute(value)}"`;
    }
    return text;
  }

  /** @param {HTMLSlotElement} slot @returns {Iterable<Node>} */
  function slotted(slot) {
    const assigned = slot.assignedNodes({ flatten: true });
    return assigned.length > 0 ? assigned : slot.childNodes;
  }

  /** @param {HTMLIFrameElement} frame */
  function sameOriginDocument(frame) {
    try {
      return frame.contentDocument;
    } catch {
      return null;
    }
  }

  /**
   * Every element, those in open shadow roots and in frames from the same site included: all that is read.
   *
   * @param {Document | ShadowRoot} root
   * @returns {Generator<Element>}
   */
  function* everyElement(root) {
    for (const element of root.querySelectorAll("*")) {
      yield element;
      if (element.shadowRoot) yield* everyElement(element.shadowRoot);
      if (element.localName === "iframe" || element.localName === "frame") {
        const inner = sameOriginDocument(/** @type {HTMLIFrameElement} */ (element));
        if (inner) yield* everyElement(inner);
      }
    }
  }

  function hasVisiblePassword() {
    for (const element of everyElement(document)) {
      if (element.localName !== "input") continue;
      if (/** @type {HTMLInputElement} */ (element).type !== "password") continue;
      if (element.checkVisibility?.() ?? true) return true;
    }
    return false;
  }

  /** Whether the server answered with an error; what it says then is not what the page is about. */
  function isErrorPage() {
    const [entry] = performance.getEntriesByType("navigation");
    const navigation = /** @type {PerformanceNavigationTiming | undefined} */ (entry);
    return (navigation?.responseStatus ?? 0) >= 400;
  }

  /** The text that there is to read, as far as it matters whether there is any. */
  function hasEnoughText() {
    let length = 0;
    const walk = (/** @type {Node} */ root) => {
      const walker = document.createTreeWalker(
        root,
        NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT,
        (node) =>
          node.nodeType === Node.ELEMENT_NODE && LEFT_OUT.has(/** @type {Element} */ (node).localName)
            ? NodeFilter.FILTER_REJECT
            : NodeFilter.FILTER_ACCEPT,
      );
      while (length < ENOUGH_TEXT && walker.nextNode()) {
        const node = walker.currentNode;
        if (node.nodeType === Node.TEXT_NODE) length += (node.nodeValue ?? "").trim().length;
        else if (/** @type {Element} */ (node).shadowRoot) walk(/** @type {any} */ (node).shadowRoot);
      }
    };
    if (document.body) walk(document.body);
    return length >= ENOUGH_TEXT;
  }

  /** @returns {Promise<void>} settles when the page has stopped changing, is hidden, or has had its time */
  function settled() {
    return new Promise((resolve) => {
      /** @type {ReturnType<typeof setTimeout>} */
      let quiet;
      const end = () => {
        clearTimeout(quiet);
        clearTimeout(longest);
        observer.disconnect();
        document.removeEventListener("visibilitychange", onHidden);
        removeEventListener("pagehide", end);
        resolve();
      };
      const onHidden = () => {
        if (document.visibilityState === "hidden") end();
      };
      const wait = () => {
        clearTimeout(quiet);
        quiet = setTimeout(end, hasEnoughText() ? QUIET_MS : QUIET_WHEN_EMPTY_MS);
      };
      const observer = new MutationObserver(wait);
      const longest = setTimeout(end, LONGEST_WAIT_MS);
      observer.observe(document, { childList: true, characterData: true, subtree: true });
      document.addEventListener("visibilitychange", onHidden);
      addEventListener("pagehide", end);
      wait();
    });
  }

  /**
   * @param {{allowPassword: boolean, capacity?: number}} options
   */
  scope.aiHistoryReader = async ({ allowPassword, capacity = CAPACITY }) => {
    const readable = READABLE.has(document.contentType) && !isErrorPage();
    if (readable) await settled();
    const hasPassword = readable && hasVisiblePassword();
    /** @type {Writer} */
    const writer = { pieces: [], length: 0, full: false, capacity };
    const wanted = readable && (allowPassword || !hasPassword);
    if (wanted) writeAll(writer, [document.documentElement], 0);
    const canonical = document.querySelector('link[rel="canonical"]');
    return {
      url: location.href,
      title: document.title,
      lang: document.documentElement?.getAttribute("lang") ?? "",
      contentType: document.contentType,
      canonicalUrl: /** @type {HTMLLinkElement | null} */ (canonical)?.href || undefined,
      referrer: document.referrer || undefined,
      hasPassword,
      html: wanted ? `<!doctype html>${writer.pieces.join("")}` : null,
      truncated: writer.full,
    };
  };
})();
