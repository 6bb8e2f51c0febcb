// Brings the review screen to life; on the page of a call only the player and the transcript.
import { mountCoaching } from "./coaching";
import { mountCommands, type Command } from "./commands";
import { mountLeaving } from "./leaving";
import { find, say, written, type Item, type Listening, type Review } from "./page";
import { mountPins, type Pins } from "./pins";
import { idleSpans, mountPlayer, type Player } from "./player";
import { mountScorecard, type Scorecard } from "./scorecard";
import { mountSharing } from "./share";
import { tell } from "./status";
import { mountTranscript, turnsOf, type Transcript } from "./transcript";
import { mountWaveform } from "./waveform";

// Levels and reasons beyond these are chosen by their buttons.
const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

interface Listened {
  player: Player | null;
  transcript: Transcript;
  pins: Pins | null;
}

function mountListening(listening: Listening, choose: (item: Item, seconds: number) => void): Listened {
  const script = find("[data-script]");
  const root = find("[data-player]");
  const turns = turnsOf(script);
  const idle = idleSpans(listening, [...turns.agent, ...turns.customer]);
  const player = mountPlayer(root, listening, idle);
  if (player) mountWaveform(root, listening, turns, idle, player);
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-clip-start], [data-play-from]");
    if (!button || !player) return;
    const { clipStart, clipEnd, playFrom } = button.dataset;
    if (playFrom) player.seek(Number(playFrom), true);
    else player.clip(Number(clipStart), Number(clipEnd));
  });
  return { player, transcript: mountTranscript(script, player), pins: player ? mountPins(root, listening, choose) : null };
}

function soundCommands(player: Player): Command[] {
  return [
    { id: "play", key: " ", shown: "Space", run: player.toggle },
    { id: "back", key: "ArrowLeft", shown: "←", run: () => player.step(-1) },
    { id: "ahead", key: "ArrowRight", shown: "→", run: () => player.step(1) },
    { id: "slower", key: "[", shown: "[", run: () => player.speed(-1) },
    { id: "faster", key: "]", shown: "]", run: () => player.speed(1) },
    { id: "skip", key: "s", shown: "S", run: player.toggleSkip },
  ];
}

/** On a phone the scorecard and the transcript are two tabs of one place. */
function mountTabs(root: HTMLElement): (tab: string) => void {
  const tabs = [...root.querySelectorAll<HTMLElement>("[data-tab-of]")];
  const show = (name: string) => {
    root.dataset.tab = name;
    for (const tab of tabs) tab.setAttribute("aria-selected", String(tab.dataset.tabOf === name));
  };
  for (const tab of tabs) tab.addEventListener("click", () => show(tab.dataset.tabOf ?? ""));
  return show;
}

/** The clips of the active item, heard one after another; a link to the one heard last. */
function clipCommands(review: Review, scorecard: Scorecard): Command[] {
  const share = mountSharing(review.call);
  let last: HTMLElement | null = null;
  const hear = () => {
    const clips = scorecard.clips();
    const next = clips[(clips.indexOf(last as HTMLButtonElement) + 1) % Math.max(clips.length, 1)];
    if (!next) return tell(say("noClip"), "caution");
    next.click();
    last = next;
  };
  const shareOne = (clip: HTMLElement | undefined) => {
    const itemId = clip?.closest<HTMLElement>("[data-item]")?.dataset.item;
    if (clip && itemId) void share(clip, itemId);
    else tell(say("noClip"), "caution");
  };
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    const clip = target.closest<HTMLElement>("[data-clip-start]");
    if (clip) last = clip;
    const button = target.closest("[data-share]");
    if (button) shareOne(button.parentElement?.querySelector<HTMLElement>("[data-clip-start]") ?? undefined);
  });
  return [
    { id: "evidence", key: "e", shown: "E", run: hear },
    { id: "share", key: "l", shown: "L", run: () => shareOne(scorecard.clips().find((clip) => clip === last) ?? scorecard.clips()[0]) },
  ];
}

// With Shift a verdict also goes on to the next item; whoever scores blind always does.
const goesOn = (key: string): boolean => key.startsWith("Shift+");

function judgingCommands(review: Review, scorecard: Scorecard, now: () => number): Command[] {
  const levels = Math.max(...review.items.map((item) => item.levels.length));
  return [
    { id: "accept", key: "a", shown: review.blind ? "" : "A", run: scorecard.accept },
    { id: "pass", key: ["p", "Shift+p"], shown: "P", run: (key) => scorecard.decide("pass", goesOn(key)) },
    { id: "fail", key: ["f", "Shift+f"], shown: "F", run: (key) => scorecard.decide("fail", goesOn(key)) },
    { id: "not_applicable", key: ["n", "Shift+n"], shown: "N", run: (key) => scorecard.decide("not_applicable", goesOn(key)) },
    { id: "goOn", key: [], shown: "Shift+P/F/N", run: () => undefined },
    { id: "reason", key: DIGITS, shown: "1–9", run: (key) => scorecard.digit(Number(key) - 1) },
    { id: "level", key: [], shown: levels ? `1–${Math.min(levels, DIGITS.length)}` : "", run: () => undefined },
    { id: "undo", key: "u", shown: "U", run: scorecard.undo },
    { id: "note", key: "m", shown: "M", run: () => scorecard.note(now()) },
    { id: "submit", key: "Ctrl+Enter", shown: "Ctrl+Enter", run: scorecard.submit },
  ];
}

/** A call that cannot be scored is set aside, one that somebody else should score is given back. */
function leavingCommands(): Command[] {
  const leave = mountLeaving();
  return [
    { id: "aside", key: "z", shown: "Z", run: leave.aside },
    ...(leave.giveBack ? [{ id: "giveBack", key: "g", shown: "G", run: leave.giveBack }] : []),
  ];
}

/** What one input changes in several places is shown once, with the frame. */
function oncePerFrame<T extends unknown[]>(show: (...latest: T) => void): (...given: T) => void {
  let wanted: T | null = null;
  return (...given) => {
    if (!wanted) {
      requestAnimationFrame(() => {
        if (wanted) show(...wanted);
        wanted = null;
      });
    }
    wanted = given;
  };
}

function mountReview(root: HTMLElement, review: Review): void {
  const listened = mountListening(review, (item, seconds) => {
    scorecard.open(item);
    listened.player?.seek(seconds);
    listened.transcript.reveal(seconds);
  });
  const { player, transcript, pins } = listened;
  const scorecard = mountScorecard(review, root.dataset.reader ?? "", oncePerFrame((items, active) => {
    pins?.show(items, active);
    transcript.show(items, active);
  }));
  const showTab = mountTabs(root);
  const coach = mountCoaching(review.url, review.duration);
  document.addEventListener("click", (event) => {
    const badge = (event.target as Element).closest<HTMLElement>("[data-badge]");
    if (!badge) return;
    event.preventDefault();
    showTab("card");
    scorecard.open(review.items.find((item) => item.number === Number(badge.dataset.badge)));
  });

  mountCommands([
    ...(player ? soundCommands(player) : []),
    { id: "next", key: "j", shown: "J", run: () => scorecard.move(1) },
    { id: "previous", key: "k", shown: "K", run: () => scorecard.move(-1) },
    { id: "open", key: "x", shown: "X", run: scorecard.nextOpen },
    ...(player ? clipCommands(review, scorecard) : []),
    ...(review.editable ? [...judgingCommands(review, scorecard, () => player?.now() ?? 0), ...leavingCommands()] : []),
    { id: "coach", key: "c", shown: "C", run: () => coach(scorecard.active(), player?.now() ?? 0, player !== null) },
    {
      id: "find",
      key: "/",
      shown: "/",
      run: () => {
        showTab("script");
        transcript.find();
      },
    },
    { id: "help", key: "?", shown: "?", run: () => find<HTMLDialogElement>("[data-help]").showModal() },
  ]);
  scorecard.open(review.items.find((item) => item.decided.verdict === null || item.decided.outdated) ?? review.items[0]);
  // What bench/review_screen.py waits for: keys act, and the frame in which they do is on the screen.
  requestAnimationFrame(() => setTimeout(() => performance.mark("ready")));
}

const review = written<Review>("review-data");
const listening = written<Listening>("listening-data");
if (review) mountReview(find("[data-review]"), review);
else if (listening) {
  const { player } = mountListening(listening, () => undefined);
  document.addEventListener("click", (event) => {
    const id = (event.target as Element).closest<HTMLElement>("[data-command]")?.dataset.command;
    if (player) soundCommands(player).find((command) => command.id === id)?.run("");
  });
}
