// What the server wrote into the page for the script.

export type Choice = "pass" | "fail" | "not_applicable";
export type Verdict = Choice | "uncertain" | "unscored";

export interface Hold {
  start: number;
  end: number;
  checkIns: [number, number][];
}

/** A call to be heard; times are seconds, `audio` and `peaks` are URLs, empty where there is no sound. */
export interface Listening {
  audio: string;
  peaks: string;
  duration: number;
  holds: Hold[];
}

/** What is chosen about an item: a verdict, and of a graded item the level that it follows from, in points. */
export interface Chosen {
  verdict: Choice;
  level: number | null;
}

/** What a person decided about an item; `version` is what the next change of it must name. */
export interface Decision {
  verdict: Choice | null;
  level: number | null;
  reason_code: string | null;
  note: string;
  by: string;
  version: number;
  outdated: boolean;
}

/** One level of a graded item; `machine` where the machine found it. */
export interface Level {
  value: number;
  points: string;
  verdict: "pass" | "fail";
  machine: boolean;
}

/** `levels`, the lowest first, are empty where an item passes or fails; `max_points` as they are shown. */
export interface Item {
  id: string;
  number: number;
  title: string;
  max_points: string;
  levels: Level[];
  machine: Verdict;
  pins: number[];
  decided: Decision;
}

export interface Totals {
  score: number | null;
  low: number | null;
  high: number | null;
  passed: boolean | null;
  critical_failed: boolean;
  to_confirm: number;
  can_submit: boolean;
}

export interface Review extends Listening {
  url: string;
  /** The id of the call. */
  call: number;
  /** Whether a person scores without the machine's verdicts before their eyes. */
  blind?: boolean;
  editable: boolean;
  passMark: number;
  totals: Totals;
  items: Item[];
}

/** The JSON that stands in the page under this id. */
export function written<T>(id: string): T | null {
  const block = document.getElementById(id);
  return block ? (JSON.parse(block.textContent) as T) : null;
}

const words = written<Record<string, string | Record<string, string>>>("messages") ?? {};

/** Says whose page this is: nothing is done in the name of somebody else who signed in beside it. */
export function asReader(): Record<string, string> {
  return { "X-Callmark-Reader": find<HTMLElement>("[data-reader-id]").dataset.readerId ?? "" };
}

/** A message in the reader's language, with its {places} filled. */
export function say(key: string, values: Record<string, string | number> = {}): string {
  const message = words[key];
  return typeof message === "string" ? message.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? "")) : key;
}

/** What a command is called in the reader's language. */
export function commandName(id: string): string {
  const commands = words["commands"];
  return (typeof commands === "object" && commands[id]) || id;
}

/** Seconds as minutes and seconds, hours only when there are any. */
export function clock(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = `${String(rest).padStart(2, "0")}`;
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}

/** Minutes and seconds as seconds; null for what is no time. */
export function fromClock(text: string): number | null {
  const parts = text.trim().split(":").map(Number);
  return text.trim() && parts.every((part) => part >= 0) ? parts.reduce((sum, part) => sum * 60 + part, 0) : null;
}

/** The element that must be there, by its selector. */
export function find<T extends Element = HTMLElement>(selector: string, inside: ParentNode = document): T {
  const found = inside.querySelector<T>(selector);
  if (!found) throw new Error(`The page has no ${selector}`);
  return found;
}
