import { openJournal as open } from "../../../cloud-sync/journal/journal.ts";
import { deletingWhatIsRead } from "../../simulate/variants.ts";

export * from "../../../cloud-sync/journal/journal.ts";
export const openJournal: typeof open = (db, options) => deletingWhatIsRead(open(db, options), db);
