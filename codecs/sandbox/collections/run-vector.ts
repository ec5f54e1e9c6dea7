import type { SandboxFault } from "../faults.ts";
import type { JsonObject } from "../results.ts";
import type { Sandbox, UplinkInput } from "../words.ts";
import type { Vector } from "./collector.ts";
import { complaintList, firstDifference, publishedBytes } from "./compare.ts";

/** Runs one published vector; undefined when it passes, otherwise where it differs or why there is no result. */
export async function runVector(
  sandbox: Sandbox,
  id: string,
  vector: Vector,
  now: () => Date,
): Promise<string | undefined> {
  const variables = vector.input.variables as Record<string, string> | undefined;
  if (vector.kind === "encodeDownlink") {
    const answer = await sandbox.encodeDownlink(id, {
      data: vector.input.data as JsonObject,
      ...(typeof vector.input.fPort === "number" ? { fPort: vector.input.fPort } : {}),
      ...(variables === undefined ? {} : { variables }),
    });
    if (!answer.ok) return faulty(vector.expected, answer.fault);
    const { bytes, fPort, warnings } = answer.value;
    return (
      unexpectedSuccess(vector.expected) ??
      firstDifference(publishedBytes(vector.expected.bytes), [...bytes], "bytes") ??
      (vector.expected.fPort === undefined ? undefined : firstDifference(vector.expected.fPort, fPort, "fPort")) ??
      firstDifference(complaintList(vector.expected.warnings), [...warnings], "warnings")
    );
  }
  const bytes = publishedBytes(vector.input.bytes);
  if (bytes === undefined) return "input.bytes: neither a list of bytes nor hexadecimal";
  const input: UplinkInput = {
    bytes: Uint8Array.from(bytes),
    fPort: typeof vector.input.fPort === "number" ? vector.input.fPort : 1,
    recvTime: typeof vector.input.recvTime === "string" ? vector.input.recvTime : now().toISOString(),
    ...(variables === undefined ? {} : { variables }),
  };
  const answer = await sandbox[vector.kind](id, input);
  if (!answer.ok) return faulty(vector.expected, answer.fault);
  return (
    unexpectedSuccess(vector.expected) ??
    firstDifference(vector.expected.data ?? null, answer.value.data, "data") ??
    firstDifference(complaintList(vector.expected.warnings), [...answer.value.warnings], "warnings")
  );
}

function unexpectedSuccess(expected: JsonObject): string | undefined {
  const errors = complaintList(expected.errors);
  return errors.length === 0 ? undefined : `errors: expected ${JSON.stringify(errors)}, found none`;
}

/** Errors the codec reports, or throws, are results like others; when there are errors, `data` does not count (TS013). */
function faulty(expected: JsonObject, fault: SandboxFault): string | undefined {
  const errors = complaintList(expected.errors);
  if (errors.length === 0 || fault.errors.length === 0) return fault.message;
  return (
    firstDifference(errors, [...fault.errors], "errors") ??
    firstDifference(complaintList(expected.warnings), [...(fault.warnings ?? [])], "warnings")
  );
}
