/** The door of the lists' room. */
export { COLUMNS, headerOf } from "./columns.ts";
export { type FieldChange, type ListPlan, type PlannedLine, planList } from "./plan.ts";
export { fromLambert93, toLambert93 } from "./projection.ts";
export { readList } from "./read.ts";
export * from "./words.ts";
export { type ExportOptions, writeCsv, writeGeoJson } from "./write.ts";
