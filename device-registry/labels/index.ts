/** The door of the labels' room. */
export { readLabel } from "./label.ts";
export { checksumOf } from "./tr005.ts";
export type { Label, LabelFault, LabelForm, LabelRead, LabelWarning } from "./words.ts";
