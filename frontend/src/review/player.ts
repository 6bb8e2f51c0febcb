// The sound of the call: play, seek, clips that stop at their end, speed, skipping of silence and holds.
import { clock, find, say, type Listening } from "./page";

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

export function mountPlayer(root: HTMLElement, listening: Listening, idle: Span[]): Player | null {
  const audio = root.querySelector<HTMLAudioElement>("[data-audio]");
  if (!audio) return null;
  const seekBar = find<HTMLInputElement>("[data-seek]", root);
  const shown = find("[data-now]", root);
  const playing = find<SVGUseElement>("[data-command=play] use", root);
  const skip = find<HTMLInputElement>("[data-skip]", root);
  const speed = find<HTMLSelectElement>("[data-speed]", root);
  const volume = find<HTMLInputElement>("[data-volume]", root);
  const listeners: ((seconds: number) => void)[] = [];
  let stopAt: number | null = null;
  // Where to go as soon as the length is known: the browser ignores what is asked before.
  let wanted: number | null = null;

  audio.controls = false;
  audio.preservesPitch = true;

  function show(): void {
    const now = wanted ?? audio!.currentTime;
    shown.textContent = clock(now);
    seekBar.value = String(now);
    seekBar.setAttribute("aria-valuetext", say("position", { now: clock(now), length: clock(listening.duration) }));
    for (const listener of listeners) listener(now);
  }

  function frame(): void {
    if (audio!.paused) return;
    const now = audio!.currentTime;
    if (stopAt !== null && now >= stopAt) {
      stopAt = null;
      audio!.pause();
    } else if (stopAt === null && skip.checked) {
      const span = idle.find(([start, end]) => now > start + MARGIN_SECONDS && now < end - 2 * MARGIN_SECONDS);
      if (span) audio!.currentTime = span[1] - MARGIN_SECONDS;
    }
    show();
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

  audio.addEventListener("loadedmetadata", () => {
    if (wanted !== null) audio.currentTime = wanted;
    wanted = null;
  });
  audio.addEventListener("play", () => {
    playing.setAttribute("href", "#i-pause");
    requestAnimationFrame(frame);
  });
  audio.addEventListener("pause", () => {
    playing.setAttribute("href", "#i-play");
    show();
  });
  audio.addEventListener("seeked", show);
  seekBar.addEventListener("input", () => {
    stopAt = null;
    go(Number(seekBar.value));
  });
  speed.addEventListener("change", () => (audio.playbackRate = Number(speed.value)));
  volume.addEventListener("input", () => (audio.volume = Number(volume.value)));

  return {
    now: () => wanted ?? audio.currentTime,
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
      go(audio.currentTime + direction * STEP_SECONDS);
    },
    speed(direction) {
      speed.selectedIndex = Math.min(Math.max(speed.selectedIndex + direction, 0), speed.options.length - 1);
      audio.playbackRate = Number(speed.value);
    },
    toggleSkip() {
      skip.checked = !skip.checked;
    },
    clip(from, to) {
      go(from);
      stopAt = to;
      start();
    },
    onMove: (listener) => void listeners.push(listener),
  };
}
