import * as fc from "fast-check";
import { expect, test } from "vitest";
import { guard } from "../../hypervisor/guard.ts";
import { languageOf } from "../../hypervisor/problem.ts";

const asking = { origin: undefined, fetchSite: undefined, api: true };

test("a request without Host, or with an empty one, is refused", () => {
  expect(() => guard({ ...asking, host: undefined })).toThrow("host-foreign");
  expect(() => guard({ ...asking, host: "" })).toThrow("host-foreign");
});

test("no name that could be registered passes as this machine", () => {
  const name = fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6(), fc.string());
  const ours = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i;
  fc.assert(
    fc.property(name, fc.option(fc.nat(99_999)), (host, port) => {
      const full = port === null ? host : `${host}:${port}`;
      fc.pre(!ours.test(full));
      expect(() => guard({ ...asking, host: full })).toThrow("host-foreign");
    }),
  );
});

test("an origin passes only when it is the very host asked", () => {
  fc.assert(
    fc.property(fc.webUrl(), (url) => {
      expect(() => guard({ ...asking, host: "localhost:8400", origin: new URL(url).origin })).toThrow("origin-foreign");
    }),
  );
  guard({ ...asking, host: "localhost:8400", origin: "http://localhost:8400" });
});

test("Accept-Language: the highest weight that we speak, else French", () => {
  expect(languageOf(undefined)).toBe("fr");
  expect(languageOf("")).toBe("fr");
  expect(languageOf("en")).toBe("en");
  expect(languageOf("EN-us;q=0.7, fr-FR;q=0.8")).toBe("fr");
  expect(languageOf("fr;q=0, en;q=0.1")).toBe("en");
  expect(languageOf("de, *;q=0.5")).toBe("fr");
  fc.assert(fc.property(fc.string(), (text) => ["fr", "en"].includes(languageOf(text))));
});
