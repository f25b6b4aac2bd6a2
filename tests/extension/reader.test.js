import "./chrome_stub.js";

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { EXTENSION, putPage } from "./page_fixture.js";

const source = readFileSync(new URL("content/reader.js", EXTENSION), "utf8");

/**
 * Runs the shipped reader in a page, after `prepare` has had its way with it.
 *
 * @param {string} html
 * @param {{allowPassword?: boolean, capacity?: number, contentType?: string, prepare?: (document: Document) => void}} [options]
 */
async function read(html, { allowPassword = false, capacity, contentType, prepare = () => {} } = {}) {
  const filler = "Words enough for the page to count as one that has something to say. ".repeat(12);
  const dom = putPage(html.replace("</body>", `<p>${filler}</p></body>`), { contentType });
  prepare(dom.window.document);
  const before = dom.serialize();
  delete (/** @type {any} */ (globalThis).aiHistoryReader);
  const run = new Function(source);
  run();
  const page = await /** @type {any} */ (globalThis).aiHistoryReader({ allowPassword, capacity });
  assert.equal(dom.serialize(), before, "the reader must leave the page as it is");
  return page;
}

test("nothing that a person typed or chose leaves the page", async () => {
  const { html } = await read(
    `<body><h1>Order</h1><form><input value="SECRET-attribute"><textarea>SECRET-area</textarea>
     <select><option selected>SECRET-choice</option></select><input type="hidden" value="SECRET-hidden">
     <div contenteditable="true">SECRET-draft</div><div role="textbox">SECRET-box</div>
     <output>SECRET-output</output></form></body>`,
    {
      prepare: (document) => {
        /** @type {HTMLInputElement} */ (document.querySelector("input")).value = "SECRET-typed";
        /** @type {HTMLTextAreaElement} */ (document.querySelector("textarea")).value = "SECRET-typed";
      },
    },
  );
  assert.match(html, /<h1>Order<\/h1>/);
  assert.doesNotMatch(html, /SECRET/);
});

test("scripts, styles, comments and inline handlers are left out; the page's description of itself stays", async () => {
  const { html } = await read(
    `<head><style>GONE</style><script>GONE</script><meta name="author" content="Ada">
     <script type="application/ld+json">{"author":"Ada </p>"}</script></head>
     <body onload="GONE()"><!-- GONE --><template>GONE</template><noscript>GONE</noscript><svg><text>GONE</text></svg>
     <p onclick="GONE" style="GONE" data-x="GONE">Kept</p><a href="javascript:GONE">link</a></body>`,
  );
  assert.doesNotMatch(html, /GONE/);
  assert.match(html, /<meta name="author" content="Ada">/);
  assert.match(html, /<script type="application\/ld\+json">\{"author":"Ada <\\\/p>"\}<\/script>/);
});

test("open shadow roots are read where they stand, with what is slotted into them", async () => {
  const { html } = await read("<body><my-card><b>slotted</b></my-card></body>", {
    prepare: (document) => {
      const host = /** @type {HTMLElement} */ (document.querySelector("my-card"));
      const root = host.attachShadow({ mode: "open" });
      const before = document.createElement("p");
      before.textContent = "from the shadow";
      const nested = document.createElement("inner-part");
      nested.attachShadow({ mode: "open" }).append("deeper");
      root.append(before, document.createElement("slot"), nested);
    },
  });
  assert.match(html, /<div><p>from the shadow<\/p><b>slotted<\/b><div>deeper<\/div><\/div>/);
});

test("text of a frame from the same site is read", async () => {
  const { html } = await read("<body><iframe></iframe></body>", {
    prepare: (document) => {
      const inner = /** @type {HTMLIFrameElement} */ (document.querySelector("iframe")).contentDocument;
      inner?.body.append("inside the frame");
    },
  });
  assert.match(html, /inside the frame/);
});

test("a page with a password field is not read, unless that is allowed", async () => {
  const login = `<body><p>Welcome</p><input type="password"></body>`;
  const refused = await read(login);
  assert.equal(refused.hasPassword, true);
  assert.equal(refused.html, null);
  const allowed = await read(login, { allowPassword: true });
  assert.match(allowed.html, /Welcome/);
});

test("a password field inside a shadow root is found", async () => {
  const page = await read("<body><log-in></log-in></body>", {
    prepare: (document) => {
      const field = document.createElement("input");
      field.type = "password";
      document.querySelector("log-in")?.attachShadow({ mode: "open" }).append(field);
    },
  });
  assert.equal(page.hasPassword, true);
  assert.equal(page.html, null);
});

test("a password field inside a frame from the same site is found, in its shadow roots and frames too", async () => {
  for (const place of ["frame", "shadow", "inner frame"]) {
    const page = await read("<body><iframe></iframe></body>", {
      prepare: (document) => {
        const frame = /** @type {HTMLIFrameElement} */ (document.querySelector("iframe"));
        const inner = /** @type {Document} */ (frame.contentDocument);
        const field = inner.createElement("input");
        field.type = "password";
        if (place === "frame") inner.body.append(field);
        else if (place === "shadow") {
          const host = inner.createElement("log-in");
          host.attachShadow({ mode: "open" }).append(field);
          inner.body.append(host);
        } else {
          const deeper = inner.createElement("iframe");
          inner.body.append(deeper);
          deeper.contentDocument?.body.append(field);
        }
      },
    });
    assert.equal(page.hasPassword, true, place);
    assert.equal(page.html, null, place);
  }
});

test("title, language and canonical address come along", async () => {
  const page = await read(
    `<html lang="de"><head><title>Brot &amp; Butter</title><link rel="canonical" href="/brot"></head><body></body></html>`,
  );
  assert.equal(page.title, "Brot & Butter");
  assert.equal(page.lang, "de");
  assert.equal(page.canonicalUrl, "https://example.com/brot");
  assert.equal(page.url, "https://example.com/");
});

test("text that looks like markup is escaped", async () => {
  const { html } = await read("<body><p>1 &lt; 2 &amp;&amp; &lt;script&gt;</p></body>");
  assert.match(html, /<p>1 &lt; 2 &amp;&amp; &lt;script&gt;<\/p>/);
});

test("a page over the capacity is cut, and closed properly", async () => {
  const page = await read(`<body>${"<p>paragraph</p>".repeat(500)}</body>`, { capacity: 2000 });
  assert.equal(page.truncated, true);
  assert.ok(page.html.length < 2200);
  assert.match(page.html, /<\/body><\/html>$/);
});

test("a document that is no text is only named", async () => {
  const page = await read(`<?xml version="1.0"?><feed xmlns="x"></feed>`, { contentType: "application/xml" });
  assert.equal(page.html, null);
  assert.equal(page.contentType, "application/xml");
});

test("a page that renders late is waited for", async () => {
  const dom = putPage("<body><div id=app></div></body>");
  delete (/** @type {any} */ (globalThis).aiHistoryReader);
  const run = new Function(source);
  run();
  const reading = /** @type {any} */ (globalThis).aiHistoryReader({ allowPassword: false });
  setTimeout(() => {
    const article = dom.window.document.createElement("article");
    article.textContent = "The late article. ".repeat(60);
    dom.window.document.getElementById("app")?.append(article);
  }, 900);
  const page = await reading;
  assert.match(page.html, /The late article/);
});
