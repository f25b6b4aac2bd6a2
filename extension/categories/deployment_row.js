/** One model that was trained here: what became of it, and when. */

import { longDate, shortDate } from "../shared/dates.js";
import { cloneTemplate, part, show } from "../shared/dom.js";
import { write } from "../shared/keyed_list.js";
import { figuresText } from "./improve_words.js";

/**
 * @typedef {import("../shared/improvement_api.js").Deployment} Deployment
 */

export class DeploymentRow {
  element = cloneTemplate("deployment-template");

  /** @param {Deployment} deployment */
  update({ model, in_use: used, text, registered_at, used_at, figures }) {
    const time = used_at ?? registered_at;
    write(part(this.element, "name"), model);
    show(part(this.element, "used"), used);
    write(part(this.element, "about"), text);
    write(part(this.element, "figures"), figuresText(figures));
    show(part(this.element, "figures"), figuresText(figures) !== "");
    write(part(this.element, "date"), shortDate(time));
    part(this.element, "date").title = longDate(time);
  }
}
