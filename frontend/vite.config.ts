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
        pages: "src/pages.ts",
        review: "src/review/main.ts",
        "pages-style": "src/pages.css",
        "review-style": "src/review/review.css",
      },
    },
  },
});
