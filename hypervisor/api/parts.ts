/** What the routes of the page's API use. */
import type { CommandForm } from "../../api/schemas.ts";
import type { Store } from "../store/store.ts";

/** The forms of the commands that devices of a model obey; none for a model not known here. */
export type CommandForms = (model: string) => readonly CommandForm[];

export interface ApiParts {
  readonly store: Store;
  readonly now: () => number;
  readonly commandForms: CommandForms;
}
