import { defineConfig } from "vite";

export default defineConfig({
  base: "/assets/",
  build: {
    outDir: "../app/web/dist",
    emptyOutDir: true,
    assetsDir: "",
    manifest: true,
    // The first browsers that know light-dark(), which the colours are written in.
    target: ["chrome123", "edge123", "firefox120", "safari17.5"],
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: {
        frame: "src/frame.ts",
        pages: "src/pages.ts",
        review: "src/review/main.ts",
        "frame-style": "src/frame.css",
        "pages-style": "src/pages.css",
        "review-style": "src/review/review.css",
        "sheet-style": "src/sheet.css",
      },
    },
  },
});
