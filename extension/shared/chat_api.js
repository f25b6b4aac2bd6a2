/**
 * What a page can ask about chat, one function a method. Times in milliseconds, UTC.
 *
 * @typedef {import("./api.js").SearchFilters} SearchFilters
 *
 * @typedef {"searching" | "reading" | "writing"} Stage
 * @typedef {"written" | "extractive" | "results" | "none"} Engine
 * @typedef {"complete" | "stopped" | "none" | "fallback" | "waiting"} MessageState
 *
 * @typedef {Object} Source a numbered passage that was found for a question
 * @property {number} n
 * @property {number} page_id
 * @property {string} url
 * @property {string} title
 * @property {string} domain
 * @property {string} passage as it was stored
 * @property {string} [heading]
 * @property {number} visited_at
 * @property {string | null} [favicon_url]
 *
 * @typedef {Object} Citation a passage that the answer stands on
 * @property {number} n
 * @property {number} page_id
 * @property {string} url
 * @property {string} title
 * @property {string} quote the sentence of the passage that says so
 * @property {string} link leads to the quote in the page
 *
 * @typedef {Object} Sentence
 * @property {string} text
 * @property {number[]} citations
 * @property {boolean} supported
 * @property {boolean} [removed] its page was deleted, and its words with it
 *
 * @typedef {{kind: string, reason: string, fix?: string | null}} Problem
 *
 * @typedef {Object} Answer
 * @property {number} message_id
 * @property {string} answer Markdown with marks such as [1]; [?] where no passage says so
 * @property {Sentence[]} sentences
 * @property {Citation[]} citations
 * @property {Source[]} sources
 * @property {boolean} grounded
 * @property {MessageState} state
 * @property {Engine} engine
 * @property {string | null} [model]
 * @property {Problem | null} [problem]
 * @property {string} [searched_for] what was searched, when that is not the question
 * @property {number} created_at
 *
 * @typedef {Answer & {conversation_id: number, question_id: number, title: string}} AskReply
 *
 * @typedef {Object} AskProgress one of these at a time
 * @property {number} [conversation_id]
 * @property {number} [question_id]
 * @property {Stage} [stage]
 * @property {string} [searched_for]
 * @property {Source[]} [sources]
 * @property {string} [delta] a piece of the answer
 * @property {boolean} [reset] what was streamed is void
 *
 * @typedef {Object} AskParams
 * @property {string} question
 * @property {number} [conversation_id] goes on with this one
 * @property {SearchFilters} [filters]
 * @property {number} [replaces] the question that gives way to this one, with what follows it
 * @property {boolean} [fresh] another wording than last time
 *
 * @typedef {Object} ConversationHead
 * @property {number} conversation_id
 * @property {string} title
 * @property {number} created_at
 * @property {number} updated_at
 * @property {number} questions
 * @property {string} [snippet] where the words that were looked for stand
 *
 * @typedef {{question_id: number, question: string, created_at: number, answer?: Answer | null}} Message
 *
 * @typedef {ConversationHead & {messages: Message[], left_out?: number}} Conversation
 */

import { request } from "./channel.js";

/** A model that is loading is waited for this long; there is nothing to show meanwhile. */
const MODEL_WAIT_MS = 10_000;

/**
 * Asks a question. When it is taken back, the host answers with what it has by then.
 *
 * @param {AskParams} params
 * @param {{signal: AbortSignal, onProgress: (value: AskProgress) => void}} options
 * @returns {Promise<AskReply>}
 */
export function askHistory(params, options) {
  return request(
    "chat.ask",
    { ...params, timezone: timeZone(), wait_ms: MODEL_WAIT_MS },
    { ...options, answersCancel: true, once: true },
  );
}

/**
 * @param {{query?: string, limit?: number, offset?: number}} which
 * @param {{signal?: AbortSignal}} [options]
 * @returns {Promise<{conversations: ConversationHead[], total: number}>}
 */
export function listConversations(which, options) {
  return request("chat.list", which, options);
}

/** @param {number} conversationId @returns {Promise<Conversation>} */
export function getConversation(conversationId) {
  return request("chat.get", { conversation_id: conversationId });
}

/** @param {number} conversationId @param {string} title @returns {Promise<ConversationHead>} */
export function renameConversation(conversationId, title) {
  return request("chat.rename", { conversation_id: conversationId, title });
}

/** @param {number} conversationId @returns {Promise<{deleted: number}>} */
export function deleteConversation(conversationId) {
  return request("chat.delete", { conversation_id: conversationId });
}

/** @returns {Promise<{deleted: number}>} */
export function deleteAllConversations() {
  return request("chat.delete", { all: true });
}

/**
 * The whole conversation as Markdown, in as many parts as it takes.
 *
 * @param {number} conversationId
 * @returns {Promise<{filename: string, text: string}>}
 */
export async function exportConversation(conversationId) {
  const params = { conversation_id: conversationId, timezone: timeZone() };
  let whole = "";
  for (let offset = 0; ; ) {
    const part = await request("chat.export", { ...params, offset });
    whole += part.text;
    const next = part.next_offset ?? null;
    if (next === null || next <= offset) return { filename: part.filename, text: whole };
    offset = next;
  }
}

/** Words such as "yesterday" mean the reader's own days. */
function timeZone() {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
