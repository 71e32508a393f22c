"""Texts that would like to be more than text: markup, scripts, terminal codes, paths, names of Python and the page."""

from __future__ import annotations

__all__ = ["ADDRESSES", "FILE_NAMES", "HOSTILE", "MARK", "NAMES", "SHORT", "raw"]

MARK = "pwned"  # an element, attribute or global of that name was made by one of these texts
_RUN = f"window.{MARK}=top.{MARK}=1"

HOSTILE: dict[str, str] = {
    # Markup that runs, loads or draws.
    "script": f"<script>{_RUN}</script>",
    "script end": f"</script><script id={MARK}>{_RUN}</script>",
    "image": f"<img id={MARK} src=http://evil.invalid/x.png onerror={_RUN}>",
    "svg": f'<svg id={MARK} onload="{_RUN}"><a xlink:href="javascript:{_RUN}"><text y=20>x</text></a></svg>',
    "frame": f"<iframe id={MARK} srcdoc=\"<script>parent.{MARK}=1</script>\" src='//evil.invalid/'></iframe>",
    "style": f"</style><style id={MARK}>*{{background:url(//evil.invalid/s)}}</style>",
    "textarea": f"</textarea></title></select></option></pre></code><b id={MARK}>x",
    "comment": f"<!-- <b id={MARK}> --!><b id={MARK}>",
    "cdata": f"<![CDATA[<b id={MARK}>]]><?php x ?><!doctype html>",
    "form": f"<form id={MARK} action=//evil.invalid><input autofocus onfocus={_RUN}><button formaction=javascript:1>",
    "media": f"<video id={MARK} src=//evil.invalid/v autoplay onloadstart={_RUN}></video><audio src=//evil.invalid/a>",
    "base": f"<base id={MARK} href=//evil.invalid/><meta http-equiv=refresh content=0;url=//evil.invalid/>",
    "link": f"<link id={MARK} rel=stylesheet href=//evil.invalid/l.css><object data=//evil.invalid/o></object>",
    "unclosed": f'<div id={MARK} style="position:fixed;inset:0;background:red"><table><details open ontoggle={_RUN}>',
    # Out of an attribute.
    "double": f'" onmouseover="{_RUN}" id="{MARK}" x="',
    "single": f"' onfocus='{_RUN}' autofocus id='{MARK}' x='",
    "backtick": f"` onclick=`{_RUN}` id=`{MARK}` x=`",
    "newline": f"x\n onload={_RUN}\n//",
    # Escaped once already, templates, formats that somebody renders.
    "entities": f"&lt;img src=x onerror={_RUN}&gt; &amp;lt;b&amp;gt; &#60;script&#62; &NewLine;",
    "escapes": r"\u003cscript\u003e \x3cimg\x3e %3Cscript%3E",
    "braces": "{{constructor.constructor('top.pwned=1')()}} ${top.pwned=1} #{1} <%= 1 %> {% x %}",
    "maths": r"$$\href{javascript:top.pwned=1}{x}$$ \(\unicode{x}\) \[y\] $x$",
    "markdown": "[x](javascript:top.pwned=1) ![y](http://evil.invalid/m.png) <http://evil.invalid> # h `code",
    "proto": "__proto__",
    "constructor": "constructor",
    "tostring": "toString",
    "percent": "%s %n %(x)s %d%% {0.__class__} {x!r} {} {0}",
    # Terminals.
    "colour": "\x1b[31;5mred\x1b[0m\x1b[2J\x1b[1;1H\x1b[1A\x1b[2K",
    "osc": "\x1b]0;title\x07\x1b]8;;http://evil.invalid\x1b\\link\x1b]8;;\x1b\\\x1b]52;c;cm0=\x07",
    "c1": "\x9b31m\x9d0;t\x9c\x90q\x85\x84",
    "c0": "a\x00b\x01c\x07d\x08\x08e\x0bf\x0cg\x1ah\x7f",
    "return": "harmless\rOVERWRITTEN",
    "separators": "a\u2028b\u2029c\x1cd\x1ee",
    # Directions, what can't be seen, floods.
    "override": "\u202egpj.exe\u202d \u2066\u2067x \u202b\u202a",
    "invisible": "a\u200bb\u2060c\ufeffd\u00ade\u180ef\u2062g",
    "tower": "Z" + "\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308" * 30 + "a" + "\u0e47" * 200,
    "lone": "half \ud800 of a pair \udfff",
    "word": "W" * 100_000,
    "open": "(" * 3000,
    # Files and addresses.
    "up": "../../../pwned",
    "windows": "..\\..\\pwned C:\\pwned \\\\evil\\share CON NUL",
    "root": "/etc/passwd /pwned ~root/pwned ~/pwned",
    "file": "file:///etc/passwd",
    "javascript": "javascript:top.pwned=1//",
    "data": "data:text/html,<script>top.pwned=1</script>",
    "vbscript": "vbscript:msgbox(1)",
    "protocol": "//evil.invalid/x",
    # IPython.
    "magic": "x\n%%bash\ntouch pwned\n!touch pwned\n%cd /\n?x\nx?\n$x",
    "prompts": "In [1]: !touch pwned\n>>> open('pwned','w')\n... x\n   ...: y\n[nav] In [2]: z",
    "expression": "{open('pwned','w')} {{open('pwned','w')}} {__import__('os').system('touch pwned')}",
    "escape line": "x' --param a=1 --image /etc/passwd --wait\n\\\n' --dry-run",
    "shell": "$(touch pwned) `touch pwned`; touch pwned | touch pwned && touch pwned",
    "decoy": "%%videogen --image /etc/passwd\nx",
}

# All but the huge ones, for what shows many of them together.
SHORT = {name: text for name, text in HOSTILE.items() if len(text) < 1000}

ADDRESSES = (
    "javascript:top.pwned=1",
    "data:text/html,<script>top.pwned=1</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "//evil.invalid/clip.mp4",
    "\x1b]8;;http://evil.invalid\x07",
    "ftp://evil.invalid/clip.mp4",
    "blob:http://evil.invalid/1",
    "/files/../../../../etc/passwd",
    f"'\"><b id={MARK}>",
    "",
)

FILE_NAMES = (
    "../../../pwned.mp4",
    "/pwned.mp4",
    "..\\..\\pwned.mp4",
    "C:\\pwned.mp4",
    "~/pwned.mp4",
    ".bashrc",
    "a\x00b.mp4",
    "x" * 5000,
    "clip.html",
)

NAMES = ("__proto__", "constructor", "toString", "hasOwnProperty", "__class__", "valueOf", "then")


def raw(text: str) -> str:
    """What of a text would, printed as it is, steer a terminal, turn what is beside it, or fail to be encoded."""
    bad = {*range(0x09), *range(0x0B, 0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, 0xFEFF, 0x200B}
    bad |= {*range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0xD800, 0xE000)}
    return "".join(each for each in text if ord(each) in bad)
