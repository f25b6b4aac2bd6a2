/** The tabs page, which only says that its part is still to come. */

import { followTheme } from "../shared/page.js";
import { enterPanelPage } from "../shared/panel.js";

await followTheme();
await enterPanelPage("sidepanel/tabs.html");
