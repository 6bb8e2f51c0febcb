"""Names of files that somebody made to do harm; the same number is the same name."""

import random

FOLDERS = (
    "../", "..\\", "../../../../../../tmp/", "/etc/", "C:\\Windows\\", "\\\\server\\share\\", "....//", "..;/", "./.././",
    "%2e%2e%2f", "%2e%2e/", "..%2f", "..%5c", "%252e%252e%252f", "..%c0%af", "%c0%ae%c0%ae/", "．．／", "‥/", "。。/", "~/", "~root/",
    "file:///etc/", "aa/", "arriving/", "aside/", "blobs/../", "..", "", "", "",
)  # fmt: skip
BODIES = (
    "passwd", "app.db", "jobs.db", "audit.key", "CON", "con", "NUL", "nul", "AUX", "COM1", "LPT9", "PRN", "-", "--help", "-rf",
    "-o ProxyCommand=x", ".", "..", "...", ".htaccess", ".bashrc", "~", " ", "\t", "a b", "$(id)", "`id`", ";id;", "|id", "&& id", "$HOME",
    "${IFS}", "*", "?", "[a-z]", "{a,b}", "!x", "#1", "'\"", '"><img src=x onerror=alert(1)>', "<script>alert(1)</script>",
    "{{7*7}}", "{% raw %}", "%(name)s", "%s%n", "{0}", "=1+1", "=HYPERLINK('http://x')", "+1", "-1+2", "@SUM(A1)", "\t=1", "＝1",
    "call\u202egpj", "\u2066a\u2069", "\u200f\u200e", "\u200b", "\ufeff", "é", "e\u0301", "ﬀ", "录音", "録音", "تسجيل", "שיחה", "📞🎧",
    "👩\u200d💻", "\x00", "a\x00b", "\x1b[31m", "\r\nSet-Cookie: x=1", "\n", "\x7f", "\x85", "x" * 255, "x" * 5000, "录" * 300, "aa#1",
    "callmark-fetched-worker-1+x", "0" * 64, "a:b", "a::$DATA", "a.wav:evil", "a?b", "a#b", "a%00", "a%00.wav", "%00", "a;b", "a,b", "javascript:alert(1)",
)  # fmt: skip
ENDINGS = (
    ".json",
    ".json",
    ".json",
    ".JSON",
    ".srt",
    ".vtt.json",
    ".json.exe",
    ".wav",
    "",
    ".",
    ".json/",
    ".json ",
    ".json\x00.exe",
    ".json%00",
    ".php",
)


def hostile(number: int) -> str:
    """The name of this number."""
    chance = random.Random(number)
    if number < len(BODIES):
        return f"{BODIES[number]}.json"
    if number < len(BODIES) + len(FOLDERS):
        return f"{FOLDERS[number - len(BODIES)]}x.json"
    folders = "".join(chance.choices(FOLDERS, k=chance.choice((1, 1, 2, 5))))
    body = "".join(chance.choices(BODIES, k=chance.choice((1, 1, 2))))
    return folders + body + chance.choice(ENDINGS)
