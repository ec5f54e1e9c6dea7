/** What was read for sending is thrown away at once. Loaded before the gateway (`--import`). */
import { redirect } from "./redirect.ts";

redirect("cloud-sync/journal/journal.ts", new URL("./forgetful-journal.ts", import.meta.url));
