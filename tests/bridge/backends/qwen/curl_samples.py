"""Requests as browsers copy them, in every form. All secrets are made up."""

import base64
import json

from bridge.backends.qwen.credentials import Credentials

ANSWER = "https://chat.qwen.ai/api/v2/chat/completions?chat_id=00000000-0000-4000-8000-000000000000"
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/141.0.0.0 Safari/537.36"
ZONE = "Sat Sep 26 2026 00:12:26 GMT+0700"
WANTED = Credentials(
    umidtoken="T2gA-PLACEHOLDER-umid==",
    cookie="acw_tc=PLACEHOLDER-acw; x-ap=ap-southeast-1; tfstk=PLACE%HOLDER!$x",
    bx_ua="231!PLACE/HOLDER+ua==",
    bx_v="2.5.37",
    version="0.3.12",
    user_agent=AGENT,
    source="web",
    timezone=ZONE,
)


def jwt(claims: object) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(claims)}.PLACEHOLDER-signature"


LOGIN = jwt({"id": "placeholder", "exp": 4102444800})
BASH = rf"""curl '{ANSWER}' \
  -H 'accept: application/json' \
  -H 'accept-language: en-US,en;q=0.9' \
  -H 'bx-ua: {WANTED.bx_ua}' \
  -H 'bx-umidtoken: {WANTED.umidtoken}' \
  -H 'bx-v: 2.5.37' \
  -H 'content-type: application/json' \
  -b $'acw_tc=PLACEHOLDER-acw; x-ap=ap-southeast-1; tfstk=PLACE%HOLDER\u0021$x' \
  -H 'origin: https://chat.qwen.ai' \
  -H 'sec-ch-ua: "Chromium";v="141", "Not?A_Brand";v="8"' \
  -H 'source: web' \
  -H 'timezone: {ZONE}' \
  -H 'user-agent: {AGENT}' \
  -H 'version: 0.3.12' \
  -H 'x-empty;' \
  --compressed \
  --data-raw $'{{"content":"it\'s\u0021 \\n curl -H \'bx-umidtoken: not-this\' https://example.com"}}'"""
CMD = r"""curl ^"https://chat.qwen.ai/api/v2/chat/completions?chat_id=00000000-0000-4000-8000-000000000000^" ^
  -H ^"accept: application/json^" ^
  -H ^"bx-ua: 231^!PLACE/HOLDER+ua==^" ^
  -H ^"bx-umidtoken: T2gA-PLACEHOLDER-umid==^" ^
  -H ^"bx-v: 2.5.37^" ^
  -b ^"acw_tc=PLACEHOLDER-acw; x-ap=ap-southeast-1; tfstk=PLACE^%^HOLDER^!^$x^" ^
  -H ^"sec-ch-ua: ^\^"Chromium^\^";v=^\^"141^\^", ^\^"Not?A_Brand^\^";v=^\^"8^\^"^" ^
  -H ^"source: web^" ^
  -H ^"timezone: Sat Sep 26 2026 00:12:26 GMT+0700^" ^
  -H ^"user-agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/141.0.0.0 Safari/537.36^" ^
  -H ^"version: 0.3.12^" ^
  --data-raw ^"^{^\^"stream^\^":true,^\^"content^\^":^\^"100^%^ ^& ^\^\^n curl -H ^\^\^^^\^" x^\^"^

^}^" """
BARE_CMD = r"""curl "https://chat.qwen.ai/api/models" ^
  -H "sec-ch-ua: ^\^"Chromium^\^";v=^\^"120^\^"" ^
  -H "bx-umidtoken: T2gA-PLACEHOLDER" ^
  -H "Cookie: acw_tc=100%%; tfstk=a""b" ^
  --compressed"""
POWERSHELL = f"""$session = New-Object Microsoft.PowerShell.Commands.WebRequestSession
$session.UserAgent = "{AGENT}"
$session.Cookies.Add((New-Object System.Net.Cookie("acw_tc", "PLACEHOLDER-acw", "/", "chat.qwen.ai")))
$session.Cookies.Add((New-Object System.Net.Cookie("x-ap", "ap-southeast-1", "/", "chat.qwen.ai")))
$session.Cookies.Add((New-Object System.Net.Cookie("tfstk", "PLACE%HOLDER!`$x", "/", ".qwen.ai")))
Invoke-WebRequest -UseBasicParsing -Uri "{ANSWER}" `
-Method "POST" `
-WebSession $session `
-Headers @{{
"authority"="chat.qwen.ai"
  "method"="POST"
  "bx-ua"="{WANTED.bx_ua}"
  "bx-umidtoken"="{WANTED.umidtoken}"
  "bx-v"="2.5.37"
  "sec-ch-ua"="`"Chromium`";v=`"141`", `"caf$([char]233)`""
  "source"="web"
  "timezone"="{ZONE}"
  "version"="0.3.12"
}} `
-ContentType "application/json" `
-Body "{{`"stream`":true}}"
"""
NAMED = {
    "bx-ua": WANTED.bx_ua,
    "bx-umidtoken": WANTED.umidtoken,
    "bx-v": WANTED.bx_v,
    "Cookie": WANTED.cookie,
    "source": WANTED.source,
    "timezone": WANTED.timezone,
    "User-Agent": WANTED.user_agent,
    "version": WANTED.version,
}
FETCH = f"""await fetch("{ANSWER}", {
    json.dumps({"credentials": "include", "headers": NAMED, "body": json.dumps({"content": 'fetch("x")'})}, indent=4)
});"""
FIREFOX = "\n".join(
    [
        "POST /api/v2/chat/completions?chat_id=0 HTTP/2",
        "Host: chat.qwen.ai",
        "Accept: application/json",
        *(f"{name}: {value}" for name, value in NAMED.items()),
        "TE: trailers",
    ]
)
CHROME = "\n".join(
    [
        ":authority: chat.qwen.ai",
        ":method: POST",
        ":path: /api/v2/chat/completions?chat_id=0",
        *(f"{name.lower()}: {value}" for name, value in NAMED.items()),
    ]
)
CHROME_PANEL = "\n".join(
    [
        f"Request URL\n{ANSWER}\nRequest Method\nPOST\nStatus Code\n200 OK",
        "Response Headers\nset-cookie\ntoken=NOT-THIS\nset-cookie:\nacw_tc=NOT-THIS;path=/;HttpOnly\nversion\n9.9.9",
        "Request Headers\n:authority\nchat.qwen.ai\n:path\n/api/v2/chat/completions",
        *(f"{name.lower()}\n{value}" for name, value in NAMED.items()),
    ]
)
CHROME_TWO_LINES = "\n".join(f"{name.lower()}:\n{value}" for name, value in NAMED.items())
WHOLE = {
    "bash": BASH,
    "cmd": CMD,
    "powershell": POWERSHELL,
    "fetch": FETCH,
    "firefox": FIREFOX,
    "chrome": CHROME,
    "panel": CHROME_PANEL,
    "two lines": CHROME_TWO_LINES,
}
ELSEWHERE = rf"""curl 'https://mail.example.com/inbox' \
  -H 'authorization: Bearer FOREIGN-login' \
  -H 'bx-umidtoken: FOREIGN-device' \
  -b 'sid=FOREIGN-session; token=FOREIGN-token' \
  --data-raw 'https://chat.qwen.ai'
curl ^"https://chat.qwen.ai.example.com/^" ^
  -H ^"cookie: FOREIGN=1^"
fetch("https://example.com/", {json.dumps({"headers": {"cookie": "FOREIGN=2", "bx-ua": "FOREIGN"}})});
$session.Cookies.Add((New-Object System.Net.Cookie("FOREIGN", "3", "/", "example.com")))
Invoke-WebRequest -Uri "https://chat.qwen.ai@example.com/" -Headers @{{
  "bx-v"="FOREIGN"
}}
GET / HTTP/2
Host: example.com
Cookie: FOREIGN=4

"""
NOTES = """# How it works (guest)

Models:

```bash
$ curl 'https://chat.qwen.ai/api/models' -H 'bx-umidtoken: old' -b 'acw_tc=old; x-ap=old' -H 'source: web'
```

Then it's time for a new chat (don't forget the cookies):

```
$ curl --location 'https://chat.qwen.ai/api/v2/chats/new' \\
  --header 'bx-umidtoken: T2gA-of-the-answer' \\
  --header 'Cookie: acw_tc=answer; x-ap=answer' \\
  --header 'version: ' --header 'user-agent: Agent/1' -X POST -d '{"chat_mode":"guest"}'
```
"""
