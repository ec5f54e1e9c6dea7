/** What a box of the version before sent. */

/** A body as protocol 1 packed it, kept as it was: two readings, an alarm and a loss, with their running hash. */
export const PROTOCOL_1 = Buffer.from(
  [
    "KLUv/WB4AVUQAHYgeEcQjzgHBQCCdKtsD+4EQg1HrqM5NTKGUYPlxpAHrBm6rizZS0sMIn766wxwBCQuRiIkDHn9dROi/qiFkfMy",
    "yOoPnK3i0yaSdnAAZgBiAHZ0Gp1OFj8Z3kyWKQKgd/q+BCTUyDORPu9JXwesIk9UOVSL9EdX7UQLCi0gUAtHd7bNZ2TkEuNBRAaR",
    "kwoWEjMpJCwoHMQUsF5wwIwIEcMFxoYSJ14BhfbyhZCAQDKQ3WojyABlshwfh+Pj7tOd3gQdW7vWH9qerLvGoNLdQdu3/mRZtoKB",
    "reDgAoBHwzNgZgUDYyFhJoCH0x1AiR+igY/PfPGzxs8aoIEGxX/woggC/pwvSgD4rVJfqf5X62pVMn2mDuh91Eoa3yOnoITmi+G4",
    "AXKgV2udImsTrxPP+GbzsQf+TJ5lyk2sm59L0l0FGkR3xzpQSlsDJ8aJbZ2mX7KO0TquL3Ac7QkNTM6zW9MRNI02rKSEtiil3YZb",
    "RmXDQstsnQa1ZbTbwM7oyEZDF2RwFIS2pf1lHa/XyDoKGaruYzN0U6HIOlVunSzN+/hz0yxFBq3Xy035R7ee3zSvu6yL4c2v8lCt",
    "1aslk2c9Xw/9ibN11ZvhxR7ylfui25CP+IrXravIcMVdqRZtirMNRvuDJg4AYAQp2lxGEwvXVaJrNEq5cNUYd7OxktF8GiQrfa7c",
    "CtdFODUADw==",
  ].join(""),
  "base64",
);
