/** A request the control socket refuses; becomes a `Problem` (api/schemas.ts). */
export class Refused extends Error {
  readonly code: string;
  readonly status: number;
  readonly remedy: string | undefined;
  /** ms since 1970. */
  readonly since: number | undefined;
  constructor(status: number, code: string, message: string, remedy?: string, since?: number) {
    super(message);
    this.name = "Refused";
    this.code = code;
    this.status = status;
    this.remedy = remedy;
    this.since = since;
  }
}

type Checked<T> =
  | { readonly success: true; readonly data: T }
  | {
      readonly success: false;
      readonly error: { readonly issues: readonly { readonly path: PropertyKey[]; readonly message: string }[] };
    };

/** A request's body as its schema has it, or the refusal that says where it is not. */
export const parsed = <T>(schema: { safeParse(value: unknown): Checked<T> }, value: unknown): T => {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const first = result.error.issues[0];
  const where = first?.path.join(".") ?? "";
  throw new Refused(422, "bad-request", `${where === "" ? "the request" : where}: ${first?.message ?? "not valid"}`);
};
