/**
 * A part of the page that is asked for by itself: a place holder first, then what came, or what went wrong
 * and another try. Nothing waits for another part.
 */

import { part, show } from "../shared/dom.js";
import { drawProblem } from "./problem_notice.js";

const EVERY_MS = 2000;

/** @template T */
export class Card {
  #box;
  #load;
  #draw;
  #methods;
  #isMoving;
  #asked = 0;
  #known = false;
  #offered = false;
  #moving = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {HTMLElement} box with the parts `skeleton`, `body` and `problem`
   * @param {Object} wiring
   * @param {string[]} wiring.methods what the host has to offer for it; the card is hidden without them
   * @param {() => Promise<T>} wiring.load
   * @param {(value: T) => void} wiring.draw
   * @param {(value: T) => boolean} [wiring.isMoving] whether it changes by itself, and is asked for again
   */
  constructor(box, { methods, load, draw, isMoving = () => false }) {
    this.#box = box;
    this.#methods = methods;
    this.#load = load;
    this.#draw = draw;
    this.#isMoving = isMoving;
    document.addEventListener("visibilitychange", () => {
      clearTimeout(this.#timer);
      if (document.visibilityState === "visible" && this.#moving) this.refresh();
    });
  }

  /** @param {(method: string) => boolean} offers whether the host answers a method */
  offer(offers) {
    this.#offered = this.#methods.every(offers);
    show(this.#box, this.#offered);
  }

  /** Asks how it is now; a later question makes an earlier answer void. */
  async refresh() {
    if (!this.#offered) return;
    this.rest();
    const ticket = ++this.#asked;
    try {
      const value = await this.#load();
      if (ticket !== this.#asked) return;
      this.take(value);
    } catch (error) {
      if (ticket === this.#asked) this.#fail(error);
    }
  }

  /** Shows what is known from elsewhere. @param {T} value */
  take(value) {
    this.#known = true;
    this.#draw(value);
    drawProblem(part(this.#box, "problem"), null);
    show(part(this.#box, "skeleton"), false);
    show(part(this.#box, "body"), true);
    this.#moving = this.#isMoving(value);
    clearTimeout(this.#timer);
    if (this.#moving && document.visibilityState === "visible") {
      this.#timer = setTimeout(() => this.refresh(), EVERY_MS);
    }
  }

  /** Nothing more is asked by itself. */
  rest() {
    clearTimeout(this.#timer);
    this.#moving = false;
  }

  /** @param {unknown} error */
  #fail(error) {
    drawProblem(part(this.#box, "problem"), error, () => this.refresh());
    show(part(this.#box, "skeleton"), false);
    // What was known stays readable.
    show(part(this.#box, "body"), this.#known);
  }
}
