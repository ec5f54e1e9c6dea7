import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// Nothing is inlined: the page lives under `default-src 'self'`, where data: addresses and inline code are refused.
export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "../dist/console",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
  },
  server: { proxy: { "/api": "http://127.0.0.1:8080" } },
});
