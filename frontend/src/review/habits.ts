// How somebody likes to listen, remembered on this device.

export interface Habits {
  speed: string;
  skip: boolean;
  volume: string;
  follow: boolean;
}

const NAME = "listening";
// Holds and silences are skipped unless somebody wants them: a third of a call is neither heard nor judged by ear, the
// picture shows where it was, and a pause in which something sounds is not taken for silence.
const USUAL: Habits = { speed: "1", skip: true, volume: "1", follow: true };

export const habits: Habits = { ...USUAL, ...(JSON.parse(localStorage.getItem(NAME) ?? "{}") as Partial<Habits>) };

export function remember(changed: Partial<Habits>): void {
  Object.assign(habits, changed);
  localStorage.setItem(NAME, JSON.stringify(habits));
}
