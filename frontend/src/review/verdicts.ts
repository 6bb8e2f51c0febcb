// Which verdict stands on an item, and who gave it.
import { say, type Chosen, type Decision, type Item, type Verdict } from "./page";

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

/** What the machine found of a graded item has a level too: the highest where it passed, the lowest where it failed. */
export function byMachine(item: Item): Chosen | null {
  if (item.machine === "uncertain" || item.machine === "unscored") return null;
  return { verdict: item.machine, level: item.levels.find((level) => level.machine)?.value ?? null };
}

/** Whether an item offers what was chosen: a level may be one that an earlier version of the scorecard had. */
export function offers(item: Item, { verdict, level }: Chosen): boolean {
  if (verdict === "not_applicable") return true;
  if (!item.levels.length) return level === null;
  return item.levels.some((one) => one.value === level && one.verdict === verdict);
}

/** Whether just this is what a person decided, on the evidence that there is now. */
export function stands({ decided }: Item, { verdict, level }: Chosen): boolean {
  return decided.verdict === verdict && decided.level === level && !decided.outdated;
}

/** A verdict in words, of a graded item with its points: "Pass 3/5". */
export function named(item: Item, { verdict, level }: Chosen): string {
  return `${say(verdict)} ${grade(item, { verdict, level })}`.trim();
}

/** The points of a graded item out of those it is worth, "3/5"; empty where the item is not graded. */
export function grade(item: Item, decided: Decision | Chosen | null): string {
  if (!item.levels.length) return "";
  const chosen = decided?.verdict ? decided.level : byMachine(item)?.level;
  return `${item.levels.find((level) => level.value === chosen)?.points ?? "–"}/${item.max_points}`;
}
