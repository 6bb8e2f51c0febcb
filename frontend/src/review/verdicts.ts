// Which verdict stands on an item, and who gave it.
import type { Item, Verdict } from "./page";

export type Tone = "pass" | "fail" | "neutral" | "caution";

const TONES: Record<Verdict, Tone> = {
  pass: "pass",
  fail: "fail",
  not_applicable: "neutral",
  uncertain: "caution",
  unscored: "neutral",
};

export const tone = (verdict: Verdict): Tone => TONES[verdict];

/** A person's verdict, or the machine's as long as nobody decided. */
export function standing(item: Item): { verdict: Verdict; by: "person" | "machine" } {
  return item.decided.verdict ? { verdict: item.decided.verdict, by: "person" } : { verdict: item.machine, by: "machine" };
}

/** Whether deciding this means overriding the machine, for which a reason is asked. */
export function overrides(item: Item, verdict: Verdict): boolean {
  return ["pass", "fail", "not_applicable"].includes(item.machine) && item.machine !== verdict;
}
