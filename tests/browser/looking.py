"""What a browser is asked about a page: scripts that answer with the places where something is wrong."""

# How a place is named: the nearest id or class, and the words in it.
_NAMED = """
const named = (one) => {
  const path = [];
  for (let at = one; at && at !== document.body && path.length < 4; at = at.parentElement) {
    path.unshift(at.tagName.toLowerCase() + (at.id ? "#" + at.id : "") + [...at.classList].map((name) => "." + name).join(""));
    if (at.id) break;
  }
  const alike = [...document.querySelectorAll(one.tagName)];
  const said = (one.getAttribute("aria-label") || one.innerText || one.name || "").trim().slice(0, 40);
  return `${path.join(" > ")} [${alike.indexOf(one)}] "${said}"`;
};
const seen = (one) => one.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: false });
// Told to those who do not see, and not shown.
const hidden = (one) => {
  for (let at = one; at; at = at.parentElement) if (at.matches(".skip") || getComputedStyle(at).clipPath !== "none") return true;
  return false;
};
"""

# Words that stick out of the screen, or are cut off without a sign of it, unless what they stand in can be scrolled.
OUT_OF_SIGHT = f"""() => {{ {_NAMED}
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {{
    const parent = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !seen(parent) || hidden(parent) || parent.closest("option, svg")) continue;
    const range = document.createRange();
    range.selectNodeContents(walker.currentNode);
    const boxes = [...range.getClientRects()];
    const right = Math.max(...boxes.map((box) => box.right)), left = Math.min(...boxes.map((box) => box.left));
    for (let at = parent; at; at = at.parentElement) {{
      const style = getComputedStyle(at), box = at.getBoundingClientRect();
      if (/auto|scroll/.test(style.overflowX) && at !== document.documentElement) break;
      const cut = /hidden|clip/.test(style.overflowX) && style.textOverflow !== "ellipsis";
      if (cut && (right > box.right + 1 || left < box.left - 1)) {{ found.push("cut: " + named(parent)); break; }}
      if (style.textOverflow === "ellipsis" && style.overflowX !== "visible") break;
      if (at === document.body && (right > innerWidth + 1 || left < -1)) found.push("outside: " + named(parent));
    }}
  }}
  return [...new Set(found)];
}}"""

# What is pressed, and is lower or narrower than it may be; links within running text are as high as their line.
TOO_SMALL = f"""(least) => {{ {_NAMED}
  const pressed = "main button, main .button, main select, main summary, main input:not([type=hidden]), main textarea, "
    + "header a, header button, header summary, nav a";
  return [...document.querySelectorAll(pressed)].filter((one) => {{
    // Pins stand as close to each other as what they mark, and the list beside them has the same in full size;
    // of a line of the transcript all is pressed, not its time alone; a link in running text is as high as its line.
    if (!seen(one) || hidden(one) || one.matches(".pin, .line > .time, .link")) return false;
    const label = one.matches("[type=checkbox], [type=radio], [type=file], [type=range]") ? one.closest("label") : null;
    const box = (label ?? one).getBoundingClientRect();
    return box.width > 0 && (box.height < Math.min(least, 40) - 0.5 || box.width < 23.5);
  }}).map((one) => {{
    const box = one.getBoundingClientRect();
    return `${{Math.round(box.width)}}×${{Math.round(box.height)}} ${{named(one)}}`;
  }});
}}"""

_STOP = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex], audio[controls], iframe"

# Remembers all that the Tab key must come by, and says how often it has to be pressed at most.
TAB_STOPS = f"""() => {{
  const seen = (one) => one.checkVisibility({{ visibilityProperty: true }});
  const radios = new Set();
  window.tabStops = [...document.querySelectorAll("{_STOP}")].filter((one) => {{
    if (one.disabled || one.tabIndex < 0 || !seen(one) || one.closest("[inert]")) return false;
    if (one.type !== "radio") return true;
    const chosen = document.querySelector(`input[type=radio][name="${{one.name}}"]:checked`);
    if (radios.has(one.name) || (chosen && chosen !== one)) return false;
    return radios.add(one.name);
  }});
  window.tabbed = new Set();
  // Each part of a date is a stop of its own, and the way from the last stop to the first leads over the browser.
  return window.tabStops.length + 8 * document.querySelectorAll("[type=date], [type=datetime-local]").length + 3;
}}"""

# Where the focus is, if that is new, and whether it shows.
TAB_STOP = f"""() => {{ {_NAMED}
  const one = document.activeElement;
  if (!one || one === document.body || window.tabbed.has(one)) return null;
  window.tabbed.add(one);
  const around = [one, ...one.labels ?? [], one.parentElement, one.parentElement.parentElement].map((at) => getComputedStyle(at));
  const outlined = around.some((style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2);
  return {{ place: named(one), outlined, order: [...document.querySelectorAll("*")].indexOf(one) }};
}}"""

# Where the Tab key never came, of what is still there.
NOT_TABBED = f"""() => {{ {_NAMED}
  const left = window.tabStops.filter((one) => one.isConnected && one.tabIndex >= 0 && !window.tabbed.has(one));
  return left.filter(seen).map(named);
}}"""

# What is said on the page in its own language: words, and what is told of them to those who do not see them.
WORDS = """() => {
  const own = document.documentElement.lang, found = [document.title.replace(/ · Callmark$/, "")];
  const foreign = (one) => one.closest("[lang]").lang !== own || one.closest("[translate=no], code, kbd, pre, textarea, script, style, noscript");
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (walker.currentNode.data.trim() && !foreign(parent)) found.push(walker.currentNode.data);
  }
  for (const name of ["aria-label", "placeholder", "title", "alt", "data-confirm"])
    for (const one of document.querySelectorAll(`[${name}]`)) if (!foreign(one)) found.push(one.getAttribute(name));
  return [...new Set(found)];
}"""
