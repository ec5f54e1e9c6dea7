/**
 * The page's one border with the outside: every reply is parsed by the API's own schema before anything uses it.
 * A `Failure` is a state to show, never a crash.
 */
import type { ZodType } from "zod";
import { Problem } from "../../api/schemas.ts";

export type Failure =
  /** No answer in time, no connection, or a proxy answering for a hypervisor that is gone. */
  | { readonly kind: "unreachable" }
  | { readonly kind: "refused"; readonly status: number; readonly problem?: Problem }
  /** An answer that is not what the schema promises; `detail` is for the operator. */
  | { readonly kind: "malformed"; readonly detail: string };

export class BorderError extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.kind);
    this.failure = failure;
  }
}

export const failureOf = (error: unknown): Failure => {
  if (error instanceof BorderError) return error.failure;
  throw error;
};

const ANSWER_WITHIN_MS = 15_000;
const GONE_STATUSES = new Set([502, 503, 504]);

export interface Border {
  get<T>(path: string, schema: ZodType<T>, signal?: AbortSignal): Promise<T>;
  post<T>(path: string, body: unknown, schema: ZodType<T>): Promise<T>;
}

export interface BorderOptions {
  /** Where the API lives, `/api/v1`. */
  readonly base: string;
  /** Refusals are worded by the server, in this language. */
  readonly language: () => string;
  /** Told after each exchange whether anybody answered, and the server's own time if it said so (ms since 1970). */
  readonly noteReply: (answered: boolean, serverTime: number | undefined) => void;
}

export function createBorder({ base, language, noteReply }: BorderOptions): Border {
  const exchange = async <T>(path: string, init: RequestInit, schema: ZodType<T>, signal?: AbortSignal): Promise<T> => {
    const timeout = AbortSignal.timeout(ANSWER_WITHIN_MS);
    const headers = { accept: "application/json", "accept-language": language(), ...init.headers };
    let response: Response;
    let text: string;
    try {
      response = await fetch(base + path, {
        ...init,
        headers,
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      });
      text = await response.text();
    } catch {
      if (!signal?.aborted) noteReply(false, undefined);
      throw new BorderError({ kind: "unreachable" });
    }
    if (GONE_STATUSES.has(response.status) && !Problem.safeParse(parseJson(text)).success) {
      noteReply(false, undefined);
      throw new BorderError({ kind: "unreachable" });
    }
    const date = Date.parse(response.headers.get("date") ?? "");
    noteReply(true, Number.isNaN(date) ? undefined : date);
    return read(response, text, schema);
  };
  return {
    get: (path, schema, signal) => exchange(path, {}, schema, signal),
    post: (path, body, schema) =>
      exchange(
        path,
        { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) },
        schema,
      ),
  };
}

function read<T>(response: Response, text: string, schema: ZodType<T>): T {
  const json = parseJson(text);
  if (!response.ok) {
    const problem = Problem.safeParse(json);
    throw new BorderError({
      kind: "refused",
      status: response.status,
      ...(problem.success ? { problem: problem.data } : {}),
    });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new BorderError({
    kind: "malformed",
    detail: issue ? `${issue.path.join(".")}: ${issue.message}` : "no JSON",
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
