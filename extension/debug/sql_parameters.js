/** The parameters of a statement as fields of a form. What was written into one is remembered by its name. */

import { element, part, show } from "../shared/dom.js";
import { boundValues } from "./sql_values.js";

const FIELD = "sql-parameter-";

export class ParameterFields {
  /** @type {string[]} */
  #names = [];
  /** @type {Map<string, string>} */
  #written = new Map();
  #box;

  /**
   * @param {HTMLElement} box the fieldset
   * @param {{onSubmit: () => void, onChange: () => void}} actions Enter in a field; another value in one
   */
  constructor(box, { onSubmit, onChange }) {
    this.#box = box;
    box.addEventListener("keydown", (event) => {
      if (event.key === "Enter") onSubmit();
    });
    box.addEventListener("input", (event) => {
      const field = /** @type {HTMLInputElement} */ (event.target);
      this.#written.set(field.id.slice(FIELD.length), field.value);
      onChange();
    });
  }

  /** What is bound. */
  get values() {
    return boundValues(this.#names, (name) => this.#written.get(name) ?? "");
  }

  /** What was written, of the parameters that the statement has. @returns {Record<string, string>} */
  get written() {
    return Object.fromEntries(this.#names.map((name) => [name, this.#written.get(name) ?? ""]));
  }

  /** Takes over values, as of an address or an example. @param {Record<string, string>} values by name */
  fill(values) {
    for (const [name, value] of Object.entries(values)) this.#written.set(name, value);
    const names = this.#names;
    this.#names = [];
    this.draw(names);
  }

  /** Nothing that was ever written is known any more. */
  forget() {
    this.#written.clear();
    this.draw([]);
  }

  /**
   * Shows one field for each parameter; fields that stay are left alone.
   *
   * @param {string[]} names
   */
  draw(names) {
    if (names.join() !== this.#names.join()) {
      const focused = document.activeElement?.id ?? "";
      this.#names = names;
      part(this.#box, "fields").replaceChildren(...names.map((name) => this.#field(name)));
      if (focused.startsWith(FIELD)) document.getElementById(focused)?.focus();
    }
    show(this.#box, names.length > 0);
  }

  /** The parameters that have a field. */
  get names() {
    return this.#names;
  }

  /** Whether anything was ever written for it. @param {string} name */
  has(name) {
    return this.#written.has(name);
  }

  /** @param {string} name */
  focus(name) {
    document.getElementById(FIELD + name)?.focus();
  }

  /** @param {string} name */
  #field(name) {
    const id = FIELD + name;
    const input = element("input", {
      class: "field",
      attributes: {
        id,
        autocomplete: "off",
        spellcheck: "false",
        "aria-describedby": "sql-parameters-about",
        placeholder: "null",
      },
    });
    input.value = this.#written.get(name) ?? "";
    const sign = /^\d+$/.test(name) ? "?" : ":";
    return element("div", { class: "sql-field" }, [
      element("label", { text: sign + name, attributes: { for: id } }),
      input,
    ]);
  }
}
