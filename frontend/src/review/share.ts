// A link to a clip, put on the clipboard.
import { find, say } from "./page";
import { tell } from "./status";

interface Shared {
  url: string;
  expires: string;
}

/** Makes links to clips of this call. */
export function mountSharing(callId: number): (clip: HTMLElement, itemId: string) => Promise<void> {
  async function ask(clip: HTMLElement, itemId: string): Promise<Shared> {
    const { clipStart, clipEnd } = clip.dataset;
    const answer = await fetch(`/calls/${callId}/clips`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ start: Number(clipStart), end: Number(clipEnd), item_id: itemId }),
    });
    const told = (await answer.json().catch(() => ({}))) as Partial<Shared> & { detail?: string };
    if (!answer.ok || !told.url) throw new Error(told.detail ?? String(answer.status));
    return { url: new URL(told.url, location.href).href, expires: told.expires ?? "" };
  }

  function show({ url, expires }: Shared): void {
    const dialog = find<HTMLDialogElement>("[data-share-dialog]");
    const field = find<HTMLInputElement>("[data-share-link]", dialog);
    field.value = url;
    find("[data-share-until]", dialog).textContent = say("validUntil", { time: shown(expires) });
    dialog.showModal();
    field.select();
  }

  return async (clip, itemId) => {
    const asked = ask(clip, itemId);
    try {
      // The browser is told of the text before it is there: afterwards the key that was pressed counts no more.
      const text = asked.then(({ url }) => new Blob([url], { type: "text/plain" }));
      await navigator.clipboard.write([new ClipboardItem({ "text/plain": text })]);
      tell(say("shared", { time: shown((await asked).expires) }));
    } catch {
      await asked.then(show, (fault: Error) => tell(say("notShared", { why: fault.message }), "fail"));
    }
  };
}

function shown(moment: string): string {
  return new Date(moment).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
}
