// A coaching note to the agent, about an item and the clip that shows it.
import { clock, find, fromClock, say, type Item } from "./page";
import { tell } from "./status";

const CLIP_SECONDS = 15;

export function mountCoaching(reviewUrl: string, duration: number): (item: Item | null, now: number, sounds: boolean) => void {
  const dialog = find<HTMLDialogElement>("[data-coaching]");
  const form = find<HTMLFormElement>("[data-coaching-form]", dialog);
  const fault = find("[data-coaching-error]", dialog);
  const field = (name: string) => form.elements.namedItem(name) as HTMLInputElement;

  async function send(): Promise<void> {
    const answer = await fetch(`${reviewUrl}/coaching`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({
        item_id: field("item_id").value || null,
        start: fromClock(field("start").value),
        end: fromClock(field("end").value),
        text: field("text").value.trim(),
      }),
    });
    if (answer.ok) return;
    const told = (await answer.json().catch(() => ({}))) as { detail?: string };
    throw new Error(told.detail ?? String(answer.status));
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send().then(
      () => {
        dialog.close();
        field("text").value = "";
        tell(say("sent"));
      },
      (reason: Error) => (fault.textContent = say("refused", { why: reason.message })),
    );
  });

  return (item, now, sounds) => {
    const start = item?.pins[0] ?? now;
    field("item_id").value = item?.id ?? "";
    field("start").value = sounds ? clock(start) : "";
    field("end").value = sounds ? clock(Math.min(start + CLIP_SECONDS, duration)) : "";
    fault.textContent = "";
    dialog.showModal();
    field("text").focus();
  };
}
