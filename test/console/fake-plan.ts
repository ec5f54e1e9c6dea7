/** A map service that never was: answers for the plan's host inside the browser, with images like a plan's, or refuses them. */
import { crc32, deflateSync } from "node:zlib";
import type { Page } from "playwright-core";
import { PLAN_ORIGIN } from "../../api/map-plan.ts";

const SIDE = 256;

const chunk = (type: string, content: Buffer): Buffer => {
  const body = Buffer.concat([Buffer.from(type, "latin1"), content]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(content.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
};

/** PNG (W3C, third edition) of true colour, one filterless row after the other. */
function png(colourAt: (x: number, y: number) => readonly [number, number, number]): Buffer {
  const rows = Buffer.alloc(SIDE * (1 + SIDE * 3));
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++) rows.set(colourAt(x, y), y * (1 + SIDE * 3) + 1 + x * 3);
  const head = Buffer.alloc(13);
  head.writeUInt32BE(SIDE, 0);
  head.writeUInt32BE(SIDE, 4);
  head.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", head),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** Woods, fields and roads that go on from one image to the next. */
function landAt(column: number, row: number) {
  return png((x, y) => {
    const [east, south] = [column + x / SIDE, row + y / SIDE];
    const bend = Math.sin(east * 2.1) * 0.3 + Math.cos(south * 1.7) * 0.25;
    const road = Math.min(Math.abs(((south + bend) % 1) - 0.5), Math.abs(((east - bend) % 1) - 0.5));
    if (road < 0.012) return [250, 214, 130];
    if (road < 0.018) return [190, 160, 100];
    return Math.sin(east * 3.3 + bend) + Math.sin(south * 2.9) > 0.6 ? [204, 226, 190] : [246, 243, 236];
  });
}

export interface FakePlan {
  readonly asked: () => number;
  /** From now on every image is refused as without a network, or comes again. */
  readonly reachable: (yes: boolean) => void;
}

export async function servePlan(page: Page, { reachable = true } = {}): Promise<FakePlan> {
  const made = new Map<string, Buffer>();
  let asked = 0;
  let open = reachable;
  await page.route(`${PLAN_ORIGIN}/**`, (route) => {
    asked += 1;
    if (!open) return route.abort("internetdisconnected");
    const query = new URL(route.request().url()).searchParams;
    const key = `${query.get("TILECOL")} ${query.get("TILEROW")}`;
    const body = made.get(key) ?? landAt(Number(query.get("TILECOL")), Number(query.get("TILEROW")));
    made.set(key, body);
    return route.fulfill({ contentType: "image/png", headers: { "access-control-allow-origin": "*" }, body });
  });
  return {
    asked: () => asked,
    reachable: (yes) => {
      open = yes;
    },
  };
}
