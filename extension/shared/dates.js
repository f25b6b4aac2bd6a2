/** Dates in the reader's own language and time zone. */

const DAY = 86_400_000;

/**
 * When something happened, as short as it can be said: "14:05", "Yesterday", "Tue", "3 May", "3 May 2024".
 *
 * @param {number} time milliseconds, UTC
 * @param {number} [now]
 */
export function shortDate(time, now = Date.now()) {
  const days = dayNumber(now) - dayNumber(time);
  if (days === 0) return format(time, { hour: "numeric", minute: "2-digit" });
  if (days === 1)
    return capitalised(new Intl.RelativeTimeFormat(undefined, { numeric: "auto" }).format(-1, "day"));
  if (days > 1 && days < 7) return format(time, { weekday: "long" });
  const sameYear = new Date(time).getFullYear() === new Date(now).getFullYear();
  return format(time, { day: "numeric", month: "short", ...(sameYear ? {} : { year: "numeric" }) });
}

/**
 * The full date and time.
 *
 * @param {number} time milliseconds, UTC
 */
export function longDate(time) {
  return format(time, { dateStyle: "full", timeStyle: "short" });
}

/**
 * The full date and the time to the second, for what one minute has more than one of.
 *
 * @param {number} time milliseconds, UTC
 */
export function exactDate(time) {
  return format(time, { dateStyle: "full", timeStyle: "medium" });
}

/**
 * The day, written out.
 *
 * @param {number} time milliseconds, UTC
 */
export function dayDate(time) {
  return format(time, { dateStyle: "long" });
}

/**
 * @typedef {"today" | "yesterday" | "week" | "month"} DateRangeName
 */

/**
 * The span that a date chip stands for. Days begin and end at the reader's midnight.
 *
 * @param {DateRangeName} name
 * @param {number} [now]
 * @returns {{from: number, to?: number}} milliseconds, UTC; `to` is exclusive
 */
export function dateRange(name, now = Date.now()) {
  const midnight = new Date(now);
  midnight.setHours(0, 0, 0, 0);
  const back = (/** @type {number} */ days) => {
    const day = new Date(midnight);
    day.setDate(day.getDate() - days);
    return day.getTime();
  };
  switch (name) {
    case "today":
      return { from: midnight.getTime() };
    case "yesterday":
      return { from: back(1), to: midnight.getTime() };
    case "week":
      return { from: back(6) };
    case "month": {
      const day = new Date(midnight);
      day.setMonth(day.getMonth() - 1);
      return { from: day.getTime() };
    }
  }
}

/**
 * A count as the reader writes numbers.
 *
 * @param {number} count
 */
export function countText(count) {
  return new Intl.NumberFormat().format(count);
}

/**
 * @param {number} time
 * @param {Intl.DateTimeFormatOptions} options
 */
function format(time, options) {
  return new Intl.DateTimeFormat(undefined, options).format(time);
}

/** @param {number} time */
function dayNumber(time) {
  const date = new Date(time);
  return Math.floor(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / DAY);
}

/** @param {string} text */
function capitalised(text) {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}
