/** A template fills the slots of a note that nobody has written in; what was typed stays. */
export function mountTemplates(): void {
  const chooser = document.querySelector<HTMLFormElement>("[data-coaching-template]");
  const note = document.querySelector<HTMLFormElement>("[data-coaching-note]");
  const written = document.getElementById("coaching-templates")?.textContent;
  if (!chooser || !note || !written) return;
  const templates = JSON.parse(written) as Record<string, Record<string, string>>;
  const filled = new Map<string, string>();
  const select = chooser.elements.namedItem("template") as HTMLSelectElement;

  function fill(): void {
    for (const [slot, text] of Object.entries(templates[select.value] ?? {})) {
      const field = note!.elements.namedItem(slot) as HTMLTextAreaElement;
      if (field.value.trim() && field.value !== filled.get(slot)) continue;
      field.value = text;
      filled.set(slot, text);
    }
  }

  select.addEventListener("change", fill);
  chooser.addEventListener("submit", (event) => {
    event.preventDefault();
    fill();
    (note.elements.namedItem("strength") as HTMLTextAreaElement).focus();
  });
}
