const YEAR_SECONDS = 31_536_000;

/** The toggle between light and dark; the choice is a cookie, so that the server sends the page in it. */
export function mountTheme(): void {
  const toggle = document.querySelector<HTMLButtonElement>("[data-theme-toggle]");
  if (!toggle) return;
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";
  const show = () => toggle.setAttribute("aria-pressed", String(isDark()));
  toggle.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    document.cookie = `callmark_theme=${root.dataset.theme}; path=/; max-age=${YEAR_SECONDS}; samesite=lax`;
    document.dispatchEvent(new Event("themechange"));
    show();
  });
  system.addEventListener("change", show);
  show();
  toggle.hidden = false;
}
