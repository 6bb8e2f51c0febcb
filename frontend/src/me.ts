import { keysAreOff, letKeysAct } from "./keys";

/** One's own settings: what only the browser knows (its zone) or keeps (whether single keys act). */
export function mountSettings(): void {
  mountKeysSwitch();
  mountZone();
}

function mountKeysSwitch(): void {
  const box = document.querySelector<HTMLInputElement>("[data-keys-switch]");
  const shown = box?.closest<HTMLElement>("[hidden]");
  if (!box) return;
  box.checked = !keysAreOff();
  box.addEventListener("change", () => letKeysAct(box.checked));
  if (shown) shown.hidden = false;
}

/** Offers the zone of this computer's clock, where it is another than the one chosen. */
function mountZone(): void {
  const zones = document.querySelector<HTMLSelectElement>("[data-zones]");
  const offer = document.querySelector<HTMLButtonElement>("[data-browser-zone]");
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zones || !offer || ![...zones.options].some((option) => option.value === here)) return;
  const show = () => (offer.hidden = zones.value === here || (!zones.value && zones.dataset.zones === here));
  offer.textContent = (offer.dataset.browserZone ?? "").replace("{zone}", here);
  offer.addEventListener("click", () => {
    zones.value = here;
    zones.focus();
    show();
  });
  zones.addEventListener("change", show);
  show();
}
