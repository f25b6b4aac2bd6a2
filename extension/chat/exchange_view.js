/** One question with its answer: as it comes in, as it was stored, or as it failed. */

import { button, cloneTemplate, part, show } from "../shared/dom.js";
import { answerAsMarkdown, answerAsText, plainText } from "./answer_copy.js";
import { AnswerText } from "./answer_text.js";
import {
  answerFootnote,
  answerNotice,
  isRemoved,
  keptNotice,
  removedWords,
  sourcesHeading,
  stageWords,
} from "./answer_words.js";
import { CitationMarks, referencesOfCitations, referencesOfSources } from "./citation_marks.js";
import { copyButton } from "./copy_button.js";
import { noticeNode } from "./notices.js";
import { SourceList } from "./source_list.js";

/**
 * @typedef {import("../shared/chat_api.js").Answer} Answer
 * @typedef {import("../shared/chat_api.js").AskProgress} AskProgress
 * @typedef {import("../shared/chat_api.js").Problem} Problem
 *
 * @typedef {Object} ExchangeActions
 * @property {(exchange: ExchangeView) => void} edit
 * @property {(exchange: ExchangeView) => void} again asks the same once more
 * @property {(exchange: ExchangeView) => void} widen asks the whole history the same
 * @property {() => void} models shows the models
 * @property {(text: string) => Promise<void>} copy
 * @property {() => void} grown something was drawn
 */

export class ExchangeView {
  /** @type {number | undefined} of the question, once the host has stored it */
  questionId;
  /** Whether only a part of the history was asked. */
  narrowed = false;
  /** @type {Answer | null} */
  answer = null;
  #last = false;
  /** @type {import("../shared/chat_api.js").Stage} */
  #stage = "searching";
  #searchedFor = "";
  #markdown = "";
  #marks = new CitationMarks([]);
  #text = new AnswerText();
  #sources = new SourceList();
  #actions;
  /** @type {number | undefined} */
  #frame;
  /** @type {Map<number, string>} what is known of live pages that are gone, by the number of the source */
  #gone = new Map();

  /**
   * @param {string} question
   * @param {ExchangeActions} actions
   */
  constructor(question, actions) {
    this.question = question;
    this.#actions = actions;
    this.element = cloneTemplate("exchange-template");
    part(this.element, "question").textContent = question;
    part(this.element, "answer").append(this.#text.element);
    part(this.element, "sources").append(this.#sources.element);
    part(this.element, "edit").addEventListener("click", () => actions.edit(this));
  }

  /** A piece of what the host says while it works. @param {AskProgress} value */
  progress(value) {
    if (value.question_id !== undefined) this.questionId = value.question_id;
    if (value.searched_for) this.#searchedFor = value.searched_for;
    if (value.stage) this.#stage = value.stage;
    if (value.stage || value.searched_for) this.#showStage();
    if (value.sources) {
      this.#marks = new CitationMarks(referencesOfSources(value.sources));
      this.#sources.draw(value.sources, null);
      this.#actions.grown();
    }
    if (value.reset) this.#markdown = "";
    if (value.delta) this.#markdown += value.delta;
    if (value.reset || value.delta) this.#frame ??= requestAnimationFrame(() => this.#drawGrowing());
  }

  #drawGrowing() {
    this.#frame = undefined;
    this.#text.write(this.#markdown, this.#marks, { growing: true });
    this.#actions.grown();
  }

  /** What is being done now, in words. */
  get stageWords() {
    return stageWords(this.#stage, this.#searchedFor);
  }

  #showStage() {
    part(this.element, "stage-words").textContent = this.stageWords;
    show(part(this.element, "stage"), true);
    this.element.setAttribute("aria-busy", "true");
  }

  /** Before the host has said anything. */
  begin() {
    this.#showStage();
  }

  #settle() {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
    this.element.removeAttribute("aria-busy");
    show(part(this.element, "stage"), false);
  }

  /** The answer is complete, or was stored earlier. @param {Answer} answer */
  finish(answer) {
    this.#settle();
    this.answer = answer;
    const references = referencesOfCitations(answer.citations, answer.sources);
    this.#marks = new CitationMarks(references);
    this.#text.write(answer.answer, this.#marks);
    this.#sources.draw(answer.sources, references, { heading: sourcesHeading(answer) });
    this.element.classList.toggle("unanswered", answer.engine === "none");
    const notice = answerNotice(answer);
    part(this.element, "notice").replaceChildren(
      ...(notice ? [noticeNode(notice, this.#remedies(answer.problem))] : []),
    );
    part(this.element, "removed").textContent = removedWords(answer);
    this.#showFootnote(answerFootnote(answer));
    this.#showActions(answer);
  }

  /** @param {Problem | null | undefined} problem */
  #remedies(problem) {
    const models = () => button("See the models", () => this.#actions.models());
    return problem?.kind === "model_unavailable" ? [models()] : [];
  }

  /** @param {string} words */
  #showFootnote(words) {
    part(this.element, "footnote").textContent = words;
    show(part(this.element, "footnote"), words !== "");
  }

  /** @param {Answer} answer */
  #showActions(answer) {
    const { again, copy, widen } = this.#actions;
    const text = () =>
      answerAsText(
        answer,
        plainText(this.#text.element, (n) => `[${n}]`),
      );
    const wider = button("Ask the whole history", () => widen(this), "small again");
    const copies = [
      copyButton("Copy", text, copy),
      copyButton("Copy as Markdown", () => answerAsMarkdown(this.question, answer), copy),
    ];
    part(this.element, "actions").replaceChildren(
      ...(answer.engine === "none" && this.narrowed ? [wider] : []),
      ...(isRemoved(answer) ? [] : copies),
      button("Ask again", () => again(this), "quiet small again"),
    );
    this.#drawAgain();
  }

  /**
   * Whether it is the last one: asking the same again throws away what follows, so no other offers it.
   *
   * @param {boolean} last
   */
  set last(last) {
    this.#last = last;
    this.#drawAgain();
  }

  #drawAgain() {
    for (const again of this.element.querySelectorAll(".again")) show(again, this.#last);
  }

  /** It was stopped, and the host handed over nothing: what was streamed stays. */
  stop() {
    this.#settle();
    this.#text.write(this.#markdown, this.#marks);
    this.#showFootnote("Stopped.");
    this.#offerAgain("Ask again");
  }

  /** A new answer was to take the place of this one, and did not. @param {Problem | null} problem null: stopped */
  keep(problem) {
    if (this.answer) {
      part(this.element, "notice").replaceChildren(noticeNode(keptNotice(problem), this.#remedies(problem)));
    } else if (problem) this.fail(problem);
  }

  /** It failed; what was streamed stays below the reason. @param {Problem} problem */
  fail({ reason, fix }) {
    this.#settle();
    const words = { title: "This question was not answered", text: reason, fix: fix ?? "", tone: "trouble" };
    part(this.element, "notice").replaceChildren(noticeNode(words));
    this.#offerAgain("Try again");
  }

  /** It cannot be asked in this conversation, now or later. @param {Problem} problem */
  refuse(problem) {
    this.fail(problem);
    part(this.element, "actions").replaceChildren();
  }

  /** A stored question whose answer never came. */
  leaveOpen() {
    this.#showFootnote("This question was not answered.");
    this.#offerAgain("Ask again");
  }

  /** @param {string} label */
  #offerAgain(label) {
    part(this.element, "actions").replaceChildren(
      button(label, () => this.#actions.again(this), "small again"),
    );
    this.#drawAgain();
  }

  /** What holds the words of the answer. */
  get words() {
    return part(this.element, "words");
  }

  /** The words of the answer for the ear. */
  get spoken() {
    return plainText(this.#text.element, () => "");
  }

  /** What a mark of this answer stands for. @param {string} n */
  find(n) {
    const reference = this.#marks.find(n);
    return reference ? { reference, gone: this.#gone.get(reference.n) ?? "" } : undefined;
  }

  /** The live page of a source turned out to be gone. @param {number} n @param {string} note */
  markGone(n, note) {
    this.#gone.set(n, note);
    this.#sources.markGone(n, note);
  }
}
