// The sound of the call: play, seek, clips that stop at their end, speed, skipping of silence and holds.
import { habits, remember } from "./habits";
import { asReader, clock, find, say, type Listening } from "./page";

export type Span = [start: number, end: number];

const STEP_SECONDS = 5;
// A pause shorter than this belongs to the conversation; what is skipped keeps a little at both ends.
const SILENCE_SECONDS = 2;
const MARGIN_SECONDS = 0.4;

export interface Player {
  now(): number;
  /** Goes to a moment; `play` also starts. */
  seek(seconds: number, play?: boolean): void;
  toggle(): void;
  step(direction: 1 | -1): void;
  speed(direction: 1 | -1): void;
  toggleSkip(): void;
  /** Plays a stretch and stops at its end. */
  clip(start: number, end: number): void;
  /** What is skipped from now on. */
  skips(idle: Span[]): void;
  /** Calls back whenever the moment changes. */
  onMove(listener: (seconds: number) => void): void;
}

/** Where nobody talks: holds (less the agent's check-ins) and pauses between the turns. */
export function idleSpans(listening: Listening, turns: Span[]): Span[] {
  const busy: Span[] = [...turns, ...listening.holds.flatMap((hold) => hold.checkIns)].sort((one, other) => one[0] - other[0]);
  const idle: Span[] = [];
  let reached = 0;
  for (const [start, end] of [...busy, [listening.duration, listening.duration] as Span]) {
    if (start - reached >= SILENCE_SECONDS) idle.push([reached, start]);
    reached = Math.max(reached, end);
  }
  return idle;
}

/** How long it takes to hear the rest, at this speed, with or without what is skipped. */
function remaining(now: number, duration: number, skipped: Span[], speed: number): number {
  const saved = skipped.reduce((sum, [start, end]) => sum + Math.max(0, end - Math.max(start, now) - 2 * MARGIN_SECONDS), 0);
  return Math.max(0, duration - now - saved) / speed;
}

export function mountPlayer(root: HTMLElement, listening: Listening, silent: Span[]): Player | null {
  const audio = root.querySelector<HTMLAudioElement>("[data-audio]");
  if (!audio) return null;
  const seekBar = find<HTMLInputElement>("[data-seek]", root);
  const shown = find("[data-now]", root);
  const left = find("[data-remaining]", root);
  const toggling = find("[data-command=play]", root);
  const playing = find<SVGUseElement>("use", toggling);
  const skip = find<HTMLInputElement>("[data-skip]", root);
  const speed = find<HTMLSelectElement>("[data-speed]", root);
  const volume = find<HTMLInputElement>("[data-volume]", root);
  const fault = find("[data-sound-fault]", root);
  const listeners: ((seconds: number) => void)[] = [];
  let idle = silent;
  let stopAt: number | null = null;
  // Where to go as soon as the length is known: the browser ignores what is asked before.
  let wanted: number | null = null;
  let told = "";
  let isThere = true;

  audio.controls = false;
  audio.preservesPitch = true;
  speed.value = habits.speed;
  skip.checked = habits.skip;
  volume.value = habits.volume;
  audio.volume = Number(volume.value);

  const now = () => wanted ?? audio.currentTime;

  function show(): void {
    const seconds = now();
    seekBar.value = String(seconds);
    if (clock(seconds) !== told) showClock(seconds);
    for (const listener of listeners) listener(seconds);
  }

  /** The clock, and how long the rest takes; once a second is enough. */
  function showClock(seconds: number): void {
    told = clock(seconds);
    shown.textContent = told;
    seekBar.setAttribute("aria-valuetext", say("position", { now: told, length: clock(listening.duration) }));
    const rest = remaining(seconds, listening.duration, skip.checked ? idle : [], audio!.playbackRate);
    const text = (skip.checked && idle.length ? left.dataset.skipping : left.dataset.whole) ?? "";
    const isPlain = audio!.playbackRate === 1 && !(skip.checked && idle.length);
    left.textContent = isPlain ? "" : text.replace("{time}", clock(rest)).replace("{speed}", speed.value);
  }

  function hasten(): void {
    // The default holds when the sound is loaded again.
    audio!.defaultPlaybackRate = Number(speed.value);
    audio!.playbackRate = Number(speed.value);
    showClock(now());
  }

  /** Stops at the end of a clip, and leaps over what is not to be heard. */
  function watch(): void {
    if (audio!.paused) return;
    const seconds = audio!.currentTime;
    if (stopAt !== null && seconds >= stopAt) {
      stopAt = null;
      audio!.pause();
    } else if (stopAt === null && skip.checked) {
      const span = idle.find(([start, end]) => seconds > start + MARGIN_SECONDS && seconds < end - 2 * MARGIN_SECONDS);
      if (span) audio!.currentTime = span[1] - MARGIN_SECONDS;
    }
    show();
  }

  function frame(): void {
    if (audio!.paused) return;
    watch();
    requestAnimationFrame(frame);
  }

  function go(seconds: number): void {
    const place = Math.min(Math.max(seconds, 0), listening.duration);
    if (audio!.readyState >= HTMLMediaElement.HAVE_METADATA) audio!.currentTime = place;
    else wanted = place;
    show();
  }

  // A browser may refuse to play before the first click; then the button shows that nothing plays.
  const start = () => void audio.play().catch(() => undefined);
  const showFault = () => {
    // Somebody who asked to try again stands on a button that goes; the key that plays must not press it once more.
    const failed = !isThere || audio.error !== null;
    if (!failed && fault.contains(document.activeElement)) toggling.focus();
    fault.hidden = !failed;
  };
  // The sound is fetched when somebody plays it, for that is noted down; its first byte tells whether it is there.
  async function look(): Promise<void> {
    // The byte is read, too: an answer that nobody reads keeps one of the few connections to the server.
    const answered = fetch(audio!.src, { headers: { Range: "bytes=0-0" } });
    isThere = await answered.then((answer) => answer.arrayBuffer().then(() => answer.ok)).catch(() => false);
    showFault();
  }

  audio.addEventListener("loadedmetadata", () => {
    if (wanted !== null) audio.currentTime = wanted;
    wanted = null;
    showFault();
  });
  audio.addEventListener("error", showFault);
  audio.addEventListener("play", () => {
    playing.setAttribute("href", "#i-pause");
    requestAnimationFrame(frame);
  });
  audio.addEventListener("pause", () => {
    playing.setAttribute("href", "#i-play");
    show();
  });
  audio.addEventListener("seeked", show);
  // In a tab that is not looked at there are no frames, and a clip ends all the same.
  audio.addEventListener("timeupdate", watch);
  find("[data-sound-again]", fault).addEventListener("click", () => {
    wanted = now();
    audio.load();
    void look();
  });
  seekBar.addEventListener("input", () => {
    stopAt = null;
    go(Number(seekBar.value));
  });
  speed.addEventListener("change", () => {
    remember({ speed: speed.value });
    hasten();
  });
  skip.addEventListener("change", () => {
    remember({ skip: skip.checked });
    showClock(now());
  });
  volume.addEventListener("input", () => {
    audio.volume = Number(volume.value);
    remember({ volume: volume.value });
  });
  // What is asked for so is noted down first; then the same place goes on without the tone.
  async function unmute(form: HTMLFormElement): Promise<void> {
    const answer = await fetch(form.action, { method: "POST", headers: { ...asReader(), Accept: "application/json" } });
    // The page that comes instead says what is wrong.
    if (!answer.ok) return form.submit();
    const { audio: whole } = (await answer.json()) as { audio: string };
    const plays = !audio!.paused;
    wanted = now();
    audio!.src = whole;
    form.hidden = true;
    find("[data-unmuted]", root).hidden = false;
    toggling.focus();
    if (plays) start();
  }

  const unmuting = root.querySelector<HTMLFormElement>("[data-unmuting]");
  unmuting?.addEventListener("submit", (event) => {
    event.preventDefault();
    void unmute(unmuting).catch(() => unmuting.submit());
  });
  hasten();
  void look();

  return {
    now,
    seek(seconds, play = false) {
      stopAt = null;
      go(seconds);
      if (play) start();
    },
    toggle() {
      stopAt = null;
      if (audio.paused) start();
      else audio.pause();
    },
    step(direction) {
      stopAt = null;
      go(now() + direction * STEP_SECONDS);
    },
    speed(direction) {
      speed.selectedIndex = Math.min(Math.max(speed.selectedIndex + direction, 0), speed.options.length - 1);
      speed.dispatchEvent(new Event("change"));
    },
    toggleSkip() {
      skip.checked = !skip.checked;
      skip.dispatchEvent(new Event("change"));
    },
    clip(from, to) {
      go(from);
      stopAt = to;
      start();
    },
    skips(spans) {
      idle = spans;
      showClock(now());
    },
    onMove: (listener) => void listeners.push(listener),
  };
}
