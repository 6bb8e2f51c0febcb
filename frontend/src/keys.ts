const NAME = "keys";
const OFF = "off";

/** Whether this person wants single keys to do nothing in this browser. */
export const keysAreOff = (): boolean => localStorage.getItem(NAME) === OFF;

/** Let single keys act in this browser, or not. */
export function letKeysAct(act: boolean): void {
  localStorage.setItem(NAME, act ? "on" : OFF);
}
