/** A request the control socket refuses; becomes a `Problem` (api/schemas.ts). */
export class Refused extends Error {
  readonly code: string;
  readonly status: number;
  readonly remedy: string | undefined;
  constructor(status: number, code: string, message: string, remedy?: string) {
    super(message);
    this.name = "Refused";
    this.code = code;
    this.status = status;
    this.remedy = remedy;
  }
}
