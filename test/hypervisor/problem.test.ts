import { expect, test } from "vitest";
import { FAULT_STATUS, type FaultCode, HypervisorFault } from "../../hypervisor/faults.ts";
import { problemOf } from "../../hypervisor/problem.ts";
import { placeholdersOf } from "../../texts/catalogue.ts";
import { en } from "../../texts/hypervisor/en.ts";
import { fr } from "../../texts/hypervisor/fr.ts";

test("both languages have the same texts with the same placeholders", () => {
  expect(Object.keys(en)).toEqual(Object.keys(fr));
  for (const [key, text] of Object.entries(fr))
    expect([key, placeholdersOf(en[key as keyof typeof en])]).toEqual([key, placeholdersOf(text)]);
});

test("every fault has a sentence and a remedy in both languages", () => {
  for (const code of Object.keys(FAULT_STATUS) as FaultCode[]) {
    for (const language of ["fr", "en"] as const) {
      const { message, remedy } = problemOf(new HypervisorFault(code), language);
      expect(message.length, code).toBeGreaterThan(10);
      expect(remedy?.length, code).toBeGreaterThan(10);
    }
  }
});

test("a port is written as a port, a field's fault as a sentence", () => {
  expect(problemOf(new HypervisorFault("port-busy", { port: 8400, flag: "--port" }), "fr").message).toContain("8400");
  const fault = new HypervisorFault("command-field", {
    command: "dim",
    field: "level",
    expected: "field.high",
    max: 100,
  });
  expect(problemOf(fault, "en").message).toBe(
    "The field level of the command dim does not fit: at most 100 is expected",
  );
});
