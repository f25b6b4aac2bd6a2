/** The settings that the extension itself acts on, by the names they have in the host. */

export const CAPTURE_ENABLED = "capture.enabled";
export const PAUSED_UNTIL = "capture.paused_until";
export const EXCLUDED_SITES = "capture.excluded_sites";
export const LOCAL_ADDRESSES = "capture.local_addresses";
export const PASSWORD_PAGES = "capture.password_pages";
export const SYSTEM_PROMPT = "chat.system_prompt";
export const TABS_GROUP_BY = "tabs.group_by";
export const TABS_MAX_GROUPS = "tabs.max_groups";
export const TABS_COLLAPSE = "tabs.collapse";
export const TABS_AUTO_GROUP = "tabs.auto_group";
export const TABS_INCLUDE_GROUPED = "tabs.include_grouped";
export const THEME = "appearance.theme";

/** The value of `capture.paused_until` that means: until a person resumes it. */
export const UNTIL_RESUMED = -1;
