/** What the routes of the page's API use. */

import type { ProtectionOf } from "../../api/outgoing.ts";
import type { CommandForm } from "../../api/schemas.ts";
import type { Store } from "../store/store.ts";

/** The forms of the commands that devices of a model obey; none for a model not known here. */
export type CommandForms = (model: string) => readonly CommandForm[];

/** How often devices of a model speak as installed, seconds; undefined for a model not known here. */
export type ExpectedInterval = (model: string) => number | undefined;

export interface ApiParts {
  readonly protectionOf: ProtectionOf;
  readonly store: Store;
  readonly now: () => number;
  readonly commandForms: CommandForms;
  readonly expectedInterval: ExpectedInterval;
}
