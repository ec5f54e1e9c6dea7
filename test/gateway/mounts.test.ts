import { expect, test } from "vitest";
import { notMounted } from "../../gateway/mounts.ts";

/** As proc(5) shows them. */
const mountsAt = (...paths: readonly string[]): string =>
  paths.map((path, n) => `${n + 20} 1 8:${n} / ${path} rw,relatime shared:1 - ext4 /dev/sda${n} rw\n`).join("");

const WANTED = `# <file system> <mount point> <type> <options> <dump> <pass>
UUID=1b4e28ba / ext4 errors=remount-ro 0 1
/dev/sda2\tnone\tswap\tsw\t0\t0
  # /dev/sdc1 /srv/old ext4 defaults 0 2
LABEL=data   /srv/box/   xfs   nofail   0 2
/dev/sdb1 /srv/box/deep ext4 defaults 0 2
/dev/sdd1 /media/two\\040words vfat noauto 0 0

tmpfs
`;

const cases = [
  { folder: "/srv/box", mounted: ["/"], missing: "/srv/box" },
  { folder: "/srv/box/data", mounted: ["/"], missing: "/srv/box" },
  { folder: "/srv/box/data", mounted: ["/", "/srv/box"], missing: undefined },
  { folder: "/srv/box/deep/data", mounted: ["/", "/srv/box"], missing: "/srv/box/deep" },
  { folder: "/srv/box/deep/data", mounted: ["/", "/srv/box", "/srv/box/deep"], missing: undefined },
  { folder: "/srv/boxes/data", mounted: ["/"], missing: undefined },
  { folder: "/srv/old/data", mounted: ["/"], missing: undefined },
  { folder: "/var/lib/beffroi", mounted: ["/"], missing: undefined },
  { folder: "/media/two words/data", mounted: ["/"], missing: "/media/two words" },
  { folder: "/media/two words/data", mounted: ["/", "/media/two\\040words"], missing: undefined },
];

test.each(cases)("$folder with $mounted mounted: $missing is missing", ({ folder, mounted, missing }) => {
  expect(notMounted(folder, { wanted: WANTED, mounted: mountsAt(...mounted) })).toBe(missing);
});
