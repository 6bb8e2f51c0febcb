// The end of a review: submitted, and on to the next.
import { asReader, say } from "./page";
import { tell } from "./status";

let underWay = false;

export async function submitReview(url: string): Promise<void> {
  if (underWay) return;
  underWay = true;
  tell(say("submitting"));
  const why = await asked(url);
  underWay = false;
  if (why) tell(why, "fail");
}

/** Goes on to the next call; where that does not work, says why. */
async function asked(url: string): Promise<string | null> {
  try {
    const answer = await fetch(`${url}/submit`, { method: "POST", headers: asReader() });
    const told = (await answer.json().catch(() => ({}))) as { next?: string | null; detail?: string };
    if (answer.status === 401) return say("signedOut");
    if (!answer.ok) return say("refused", { why: told.detail ?? String(answer.status) });
    window.location.assign(told.next ?? "/queue");
    return null;
  } catch {
    return say("unsubmitted");
  }
}
