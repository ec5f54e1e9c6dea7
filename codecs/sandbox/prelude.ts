import * as bridge from "./realm/bridge.ts";
import * as buffer from "./realm/buffer.ts";
import * as globals from "./realm/globals.ts";
import * as text from "./realm/text.ts";

/** How a codec receives the time of reception: a `Date` of its realm, or the unchanged text (digits beyond milliseconds survive). */
export type RecvTimeForm = "date" | "string";

/**
 * The script a realm evaluates before its codec; its completion value is the bridge. The functions of `realm/` are written
 * and checked as TypeScript and travel by their own source, each under its own name in one scope, so Node's type stripping
 * and `tsc` output serve alike. A renaming bundler would break this: the thread is never bundled.
 */
export function preludeText(recvTime: RecvTimeForm): string {
  const functions = [text, buffer, globals, bridge].flatMap((module) => Object.values(module)).map(String);
  return `(function () { "use strict";
${functions.join("\n")}
const realmBuffer = makeBuffer();
addBufferNumbers(realmBuffer);
addBufferWideNumbers(realmBuffer);
addBufferMethods(realmBuffer);
installGlobals(realmBuffer);
return makeBridge(${recvTime === "string"});
})()`;
}
