/** A statement in an editor with colours and completion. */

import * as library from "../vendor/codemirror/codemirror.js";
import { functionCompletions, tableCompletions } from "./sql_completion.js";
import { COLOURS, LOOK } from "./sql_field_look.js";

const { EditorState, EditorView, SQLite, keymap } = library;

export class RichField {
  #language = new library.Compartment();
  #undo = new library.Compartment();
  #view;

  /**
   * @param {HTMLElement} box whose content it replaces
   * @param {{text: string, from: number, to: number}} start
   * @param {() => void} onChange
   */
  constructor(box, { text, from, to }, onChange) {
    const host = document.createElement("div");
    host.className = "sql-rich";
    // Inside a shadow tree its styles are adopted; in the page itself the content policy would refuse them.
    const root = host.attachShadow({ mode: "open", delegatesFocus: true });
    box.replaceChildren(host);
    this.#view = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: text,
        selection: { anchor: from, head: to },
        extensions: [
          this.#undo.of(library.history()),
          library.bracketMatching(),
          library.closeBrackets(),
          library.autocompletion({ icons: false }),
          library.syntaxHighlighting(library.HighlightStyle.define(COLOURS)),
          this.#language.of(library.sql({ dialect: SQLite })),
          keymap.of([
            // Tab leaves the field, as it does everywhere, but for an open list of completions.
            { key: "Tab", run: (view) => library.acceptCompletion(view) || isOpen(view.state) },
            ...library.closeBracketsKeymap,
            ...library.defaultKeymap,
            ...library.historyKeymap,
            ...library.completionKeymap,
          ]),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({
            "aria-label": "SQL",
            "aria-description": "Control Enter runs it, Escape stops it, Control Space completes.",
          }),
          EditorView.theme(LOOK),
          EditorView.domEventHandlers({ beforeinput: typeOver }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) onChange();
          }),
        ],
      }),
    });
  }

  get text() {
    return this.#view.state.doc.toString();
  }

  get focused() {
    return this.#view.hasFocus;
  }

  get completing() {
    return isOpen(this.#view.state);
  }

  /** @param {string} text */
  replace(text) {
    const { length } = this.#view.state.doc;
    this.#view.dispatch({
      changes: { from: 0, to: length, insert: text },
      selection: { anchor: text.length },
    });
  }

  /** Empties it, so that nothing brings back what was there. */
  forget() {
    this.replace("");
    this.#view.dispatch({ effects: this.#undo.reconfigure([]) });
    this.#view.dispatch({ effects: this.#undo.reconfigure(library.history()) });
  }

  /** @param {string} text */
  insert(text) {
    this.#view.dispatch(this.#view.state.replaceSelection(text));
    this.#view.focus();
  }

  focus() {
    this.#view.focus();
  }

  selection() {
    const { from, to } = this.#view.state.selection.main;
    return { from, to };
  }

  /** @param {import("../shared/sql_api.js").Schema} schema */
  offer(schema) {
    const functions = functionCompletions(schema);
    const language = library.sql({
      dialect: SQLite,
      schema: tableCompletions(schema),
      upperCaseKeywords: true,
    });
    const source = SQLite.language.data.of({
      autocomplete: (/** @type {import("@codemirror/autocomplete").CompletionContext} */ context) => {
        const word = context.matchBefore(/(?<![\w.])[A-Za-z_]\w*/);
        return word ? { from: word.from, options: functions, validFor: /^\w*$/ } : null;
      },
    });
    this.#view.dispatch({ effects: this.#language.reconfigure([language, source]) });
  }
}

/** Whether completions are offered just now. @param {import("@codemirror/state").EditorState} state */
function isOpen(state) {
  return library.completionStatus(state) === "active";
}

/**
 * Replaces what is selected by what is typed. The browser itself would give the new letters the look of the old
 * ones by a style of their own, which the content policy refuses and complains about.
 *
 * @param {InputEvent} event
 * @param {import("@codemirror/view").EditorView} view
 * @returns {boolean} whether that was done
 */
function typeOver(event, view) {
  const text = event.data;
  if (event.inputType !== "insertText" || !text || view.composing) return false;
  // What the editor knows may be older than what was selected a moment ago.
  const selected = /** @type {Document} */ (view.root).getSelection();
  if (!selected?.anchorNode || !selected.focusNode || selected.isCollapsed) return false;
  if (!view.contentDOM.contains(selected.anchorNode)) return false;
  const ends = [
    view.posAtDOM(selected.anchorNode, selected.anchorOffset),
    view.posAtDOM(selected.focusNode, selected.focusOffset),
  ];
  const [from, to] = [Math.min(...ends), Math.max(...ends)];
  const insert = () =>
    view.state.update({
      changes: { from, to, insert: text },
      selection: { anchor: from + text.length },
      userEvent: "input.type",
      scrollIntoView: true,
    });
  const handled = view.state
    .facet(EditorView.inputHandler)
    .some((each) => each(view, from, to, text, insert));
  if (!handled) view.dispatch(insert());
  return true;
}
