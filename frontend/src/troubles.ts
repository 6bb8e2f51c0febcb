// What goes wrong while a part of a page is fetched is told on the page, and told no more once it goes right again.
import { rendered } from "./trusted";

/** What the server said: the alert of its error page, if that is what came. */
function saidIn(answer: string): string {
  const page = new DOMParser().parseFromString(rendered(answer), "text/html");
  return page.querySelector("main [role=alert]")?.textContent?.trim() ?? "";
}

/** What is fetched by itself as the page opens is no loss when it does not come. */
function isQuiet(source: Element | undefined): boolean {
  return source?.getAttribute("hx-trigger")?.includes("load") ?? false;
}

export function mountTroubles(): void {
  const box = document.querySelector<HTMLElement>("[data-trouble]");
  const text = box?.querySelector("p");
  if (!box || !text) return;
  const tell = (message: string) => {
    if (!box.hidden && text.textContent === message) return;
    text.textContent = message;
    box.hidden = false;
  };
  document.addEventListener("htmx:response:error", (event) => {
    const { ctx } = (event as CustomEvent).detail;
    if (isQuiet(ctx.sourceElement) || ctx.response.headers.get("HX-Redirect")) return;
    tell(saidIn(ctx.text) || box.dataset.failed || "");
  });
  document.addEventListener("htmx:error", (event) => {
    const { ctx } = (event as CustomEvent).detail;
    if (ctx?.request && !isQuiet(ctx.sourceElement)) tell(box.dataset.offline ?? "");
  });
  document.addEventListener("htmx:after:request", (event) => {
    if ((event as CustomEvent).detail.ctx.response.status < 400) box.hidden = true;
  });
  box.querySelector("button")?.addEventListener("click", () => (box.hidden = true));
}
