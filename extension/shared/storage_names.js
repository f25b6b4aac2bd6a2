/** The names under which the extension keeps things in local extension storage. */

export const SEARCH_MODE = "searchMode";
export const LAST_PANEL_PAGE = "lastSidePanelPage";
export const PROFILE_ID = "profileId";
export const AI_PREFERENCES = "aiPrefs";
export const SETTINGS = "settings";
export const OUTBOX = "outbox";
export const VISIT_WATERMARK = "visitWatermark";
export const PAUSES = "pauses";
export const BACKFILL = "backfill";
export const CHAT_CONVERSATION = "chatConversation";
export const OWN_TAB_GROUPS = "ownTabGroups";
export const TAB_CHOICES = "tabChoices";
export const TAB_CATEGORIES = "tabCategories";
export const SQL_HISTORY = "sqlHistory";
export const SQL_HISTORY_KEEP = "sqlHistoryKeep";
