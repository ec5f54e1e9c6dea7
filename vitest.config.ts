import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts", "test/**/*.test.tsx"],
    // Two cores and real processes in some tests: files side by side would only wait for each other.
    maxWorkers: 2,
    // Against what hangs, not a measure of speed: a crowded machine takes several times as long.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
