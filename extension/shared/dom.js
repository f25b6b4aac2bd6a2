/** Building pages from nodes and templates, never from strings of HTML. */

/**
 * The element with this id; its absence is a mistake of ours.
 *
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @returns {T}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`This page has no element #${id}`);
  return /** @type {T} */ (found);
}

/**
 * A fresh copy of the first element inside a `<template>`.
 *
 * @param {string} id of the template
 * @returns {HTMLElement}
 */
export function cloneTemplate(id) {
  const template = /** @type {HTMLTemplateElement} */ (byId(id));
  const first = template.content.firstElementChild;
  if (!first) throw new Error(`Template #${id} is empty`);
  return /** @type {HTMLElement} */ (document.importNode(first, true));
}

/**
 * The part of an element that carries `data-part="name"`.
 *
 * @template {HTMLElement} [T=HTMLElement]
 * @param {ParentNode} root
 * @param {string} name
 * @returns {T}
 */
export function part(root, name) {
  const found = root.querySelector(`[data-part="${name}"]`);
  if (!found) throw new Error(`There is no part "${name}" here`);
  return /** @type {T} */ (found);
}

/**
 * @typedef {Object} ElementOptions
 * @property {string} [class]
 * @property {string} [text]
 * @property {Record<string, string>} [attributes]
 * @property {(event: Event) => void} [onClick]
 */

/**
 * One new element with its children.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {ElementOptions} [options]
 * @param {Array<Node | string>} [children]
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, options = {}, children = []) {
  const made = document.createElement(tag);
  if (options.class) made.className = options.class;
  if (options.text !== undefined) made.textContent = options.text;
  for (const [name, value] of Object.entries(options.attributes ?? {})) made.setAttribute(name, value);
  if (options.onClick) made.addEventListener("click", options.onClick);
  made.append(...children);
  return made;
}

/**
 * A button with words on it.
 *
 * @param {string} text
 * @param {(event: Event) => void} onClick
 * @param {string} [kind] class names beside `button`
 */
export function button(text, onClick, kind = "") {
  return element("button", { class: `button ${kind}`.trim(), text, attributes: { type: "button" }, onClick });
}

/**
 * Shows or hides an element.
 *
 * @param {Element} target
 * @param {boolean} visible
 */
export function show(target, visible) {
  target.toggleAttribute("hidden", !visible);
}

/**
 * Puts the focus where it makes sense, when what had it has gone.
 *
 * @param {HTMLElement} target that can have it
 */
export function catchFocus(target) {
  const { activeElement } = document;
  const lost = !activeElement || activeElement === document.body || activeElement.closest("[hidden]");
  if (lost) target.focus();
}
