// A coaching note to the agent, about an item and the clip that shows it.
import { asReader, clock, find, fromClock, say, type Item } from "./page";
import { tell } from "./status";

const CLIP_SECONDS = 15;
const SLOTS = ["strength", "heard", "effect", "advice"];

export function mountCoaching(reviewUrl: string, duration: number): (item: Item | null, now: number, sounds: boolean) => void {
  const dialog = find<HTMLDialogElement>("[data-coaching]");
  const form = find<HTMLFormElement>("[data-coaching-form]", dialog);
  const fault = find("[data-coaching-error]", dialog);
  const more = find<HTMLAnchorElement>("[data-coaching-more]", dialog);
  const field = (name: string) => form.elements.namedItem(name) as HTMLInputElement;

  async function send(): Promise<boolean> {
    const answer = await fetch(`${reviewUrl}/coaching`, {
      method: "POST",
      headers: { ...asReader(), "Content-Type": "application/json" },
      body: JSON.stringify({
        item_id: field("item_id").value || null,
        start: fromClock(field("start").value),
        end: fromClock(field("end").value),
        follow_up_on: field("follow_up_on").value || null,
        ...Object.fromEntries(SLOTS.map((slot) => [slot, field(slot).value.trim()])),
      }),
    });
    if (answer.ok) return ((await answer.json()) as { held: boolean }).held;
    const told = (await answer.json().catch(() => ({}))) as { detail?: string };
    throw new Error(told.detail ?? String(answer.status));
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send().then(
      (held) => {
        dialog.close();
        for (const slot of SLOTS) field(slot).value = "";
        tell(say(held ? "heldBack" : "sent"));
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
    const about = item ? `&item=${encodeURIComponent(item.id)}` : "";
    more.href = `${more.href.split("&")[0]}${about}`;
    dialog.showModal();
    field("heard").focus();
  };
}
