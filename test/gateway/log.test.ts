import { describe, expect, it } from "vitest";
import { createLog } from "../../gateway/log.ts";

describe("the log", () => {
  it("never carries a secret, however deep", () => {
    const lines: string[] = [];
    const log = createLog("info", { write: (line: string) => void lines.push(line) });
    const secret = "2B7E151628AED2A6ABF7158809CF4F3C";
    log.info({ appKey: secret, device: { nwkKey: secret, session: { appSKey: secret } } }, "added");
    log.child({ broker: { password: secret } }).warn({ tls: { key: secret, options: { a: { token: secret } } } }, "x");
    log.error({ err: Object.assign(new Error("no"), { authorization: secret }) }, "failed");
    expect(lines).toHaveLength(3);
    expect(lines.join("")).not.toContain(secret);
    expect(JSON.parse(lines[0]!)).toMatchObject({ level: "info", msg: "added", appKey: "[redacted]" });
  });
});
