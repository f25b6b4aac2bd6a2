/** What this browser profile is called towards the host. */

import { browser } from "../shared/browser.js";
import { AI_PREFERENCES, PROFILE_ID } from "../shared/storage_names.js";
import { readLocal, writeLocal } from "./storage.js";

/** Every profile has a database of its own; this random name chooses it. */
export async function profileId() {
  const known = await readLocal(PROFILE_ID, "");
  if (known) return known;
  const made = crypto.randomUUID();
  await writeLocal(PROFILE_ID, made);
  return made;
}

/** Writes the preferences that the chat and the search read, where there are none yet. */
export async function ensurePreferences() {
  const known = await readLocal(AI_PREFERENCES, null);
  if (!known) await writeLocal(AI_PREFERENCES, { enableReranker: false, allowCloudModel: false });
}

/** What the host is told first. */
export async function introduction() {
  return {
    client: "extension",
    version: browser.runtime.getManifest().version,
    profile_id: await profileId(),
  };
}
