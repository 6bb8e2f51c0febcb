// So long a form waits for its answer before it may be sent again.
const PATIENCE_MS = 15_000;

/** A form that is being sent says so, and is not sent a second time meanwhile. */
export function mountSubmitting(): void {
  const busy = new Set<HTMLFormElement>();
  const free = (form: HTMLFormElement) => {
    busy.delete(form);
    form.removeAttribute("aria-busy");
  };
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    // What a script of ours sends, it watches itself; a dialog or a search sends nothing that could count twice.
    if (event.defaultPrevented || form.method !== "post") return;
    if (busy.has(form)) {
      event.preventDefault();
      return;
    }
    busy.add(form);
    form.setAttribute("aria-busy", "true");
    window.setTimeout(() => free(form), PATIENCE_MS);
  });
  // Whoever comes back by the browser's arrow finds the form as it was left, ready to be sent.
  window.addEventListener("pageshow", () => busy.forEach(free));
}
