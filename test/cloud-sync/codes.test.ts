/** One-time codes and tickets: what is mistyped is noticed before anything is sent. */
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  keptCode,
  makeCode,
  printCode,
  printTicket,
  proofOf,
  readCode,
  readTicket,
} from "../../cloud-sync/protocol/enrolment.ts";

const SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/** Any fifteen signs, with the one that fits them. */
const codes = fc.array(fc.constantFrom(...SIGNS), { minLength: 15, maxLength: 15 }).map((signs) => {
  const begin = signs.join("");
  const fitting = [...SIGNS].filter((sign) => readCode(begin + sign).ok);
  if (fitting.length !== 1) throw new Error(`${begin}: ${fitting.length} check signs`);
  return begin + fitting[0]!;
});
const CHECK = { ok: false, fault: "check" };

test("every single changed sign of a code is noticed, whichever it is", () => {
  fc.assert(
    fc.property(codes, (code) => {
      for (let place = 0; place < code.length; place++)
        for (const sign of SIGNS) {
          const typed = code.slice(0, place) + sign + code.slice(place + 1);
          expect(readCode(typed)).toEqual(sign === code[place] ? { ok: true, code } : CHECK);
        }
    }),
    { numRuns: 50 },
  );
});

test("every two signs that changed places are noticed, neighbours or not", () => {
  fc.assert(
    fc.property(codes, (code) => {
      for (let one = 0; one < code.length; one++)
        for (let other = one + 1; other < code.length; other++) {
          const typed = [...code];
          [typed[one], typed[other]] = [typed[other]!, typed[one]!];
          expect(readCode(typed.join(""))).toEqual(code[one] === code[other] ? { ok: true, code } : CHECK);
        }
    }),
    { numRuns: 100 },
  );
});

test("a code is read as it is spoken and typed: case, blanks, hyphens, O for 0, I and L for 1", () => {
  const spelling = fc.tuple(codes, fc.infiniteStream(fc.constantFrom("", " ", "-", "–", "·", "\t")), fc.boolean());
  fc.assert(
    fc.property(spelling, ([code, between, small]) => {
      const typed = [...code.replaceAll("0", "O").replaceAll("1", small ? "L" : "I")]
        .map((sign) => sign + between.next().value)
        .join("");
      expect(readCode(small ? typed.toLowerCase() : typed)).toEqual({ ok: true, code });
      expect(readCode(printCode(code))).toEqual({ ok: true, code });
    }),
  );
});

test("what is no code says why, and no text is too odd to be read", () => {
  const code = makeCode();
  expect(readCode("")).toEqual({ ok: false, fault: "length" });
  expect(readCode(code.slice(1))).toEqual({ ok: false, fault: "length" });
  expect(readCode(`${code}0`)).toEqual({ ok: false, fault: "length" });
  expect(readCode(`U${code.slice(1)}`)).toEqual({ ok: false, fault: "sign" });
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const read = readCode(text);
      expect(read.ok ? read.code.length : read.fault).toBeDefined();
    }),
  );
});

test("codes do not come twice, and every sign is as likely as another", () => {
  const all = Array.from({ length: 4_000 }, makeCode);
  expect(new Set(all).size).toBe(all.length);
  const counts = new Map<string, number>();
  for (const code of all) for (const sign of code) counts.set(sign, (counts.get(sign) ?? 0) + 1);
  // 64,000 signs, 2,000 of each: nine times the deviation of chance, so that it never fails by chance.
  expect([...counts.keys()].sort().join("")).toBe(SIGNS);
  for (const [sign, count] of counts) expect(Math.abs(count - 2_000), sign).toBeLessThan(400);
});

test("a ticket holds code, authority and address, in whatever case it is copied; a damaged code in it is a fault of the code", () => {
  const tickets = fc.record({
    code: codes,
    pin: fc.stringMatching(/^[0-9a-f]{64}$/),
    url: fc.constantFrom(
      "https://region.example.org:8443",
      "https://region.example.org",
      "https://[2001:db8::1]:8443",
      "https://192.0.2.1:8443",
      "https://proxy.example.org/Beffroi/est",
    ),
  });
  fc.assert(
    fc.property(tickets, (ticket) => {
      const printed = printTicket(ticket);
      expect(readTicket(printed)).toEqual(ticket);
      if (!ticket.url.includes("Beffroi")) expect(readTicket(` ${printed.toLowerCase()}\n`)).toEqual(ticket);
      const damaged = ticket.code.replace(/./, (sign) => (sign === "7" ? "8" : "7"));
      expect(readTicket(printed.replace(ticket.code, damaged))).toBe("check");
      expect(readTicket(ticket.code)).toBeUndefined();
    }),
  );
});

test("what the region keeps of a code tells neither the code nor another's proof", () => {
  fc.assert(
    fc.property(codes, codes, (code, other) => {
      fc.pre(code !== other);
      const [kept, others] = [keptCode(code), keptCode(other)];
      expect(kept.id).not.toBe(others.id);
      const told = { nonce: "00".repeat(32), pin: "11".repeat(32), box: "remiremont" };
      const proof = proofOf(kept.proofKey, told);
      expect(proofOf(others.proofKey, told)).not.toBe(proof);
      for (const change of [{ nonce: "01".repeat(32) }, { pin: "12".repeat(32) }, { box: "eloyes" }])
        expect(proofOf(kept.proofKey, { ...told, ...change })).not.toBe(proof);
      // Whoever steals what is kept cannot enrol with it.
      expect(Buffer.from(kept.secretHash).equals(Buffer.from(kept.proofKey))).toBe(false);
      expect(readCode(kept.id.slice(0, 16).toUpperCase())).not.toEqual({ ok: true, code });
    }),
    { numRuns: 50 },
  );
});
