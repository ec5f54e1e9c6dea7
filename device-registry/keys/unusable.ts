/** Keys are there and cannot be opened: the root key is gone, unreadable or another's, or a seal was changed. */
export class KeysUnusable extends Error {
  readonly code: "root-unreadable" | "seal-broken" | "seal-lost";
  constructor(code: KeysUnusable["code"], message: string) {
    super(message);
    this.name = "KeysUnusable";
    this.code = code;
  }
}
