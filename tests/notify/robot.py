"""A server that plays WeCom's group robot by its documented limits, on loopback."""

import base64
import hashlib
import json
import re
import time
from collections import deque
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

KEY = "693a91f6-7aoc-4bc4-97a0-0ec2sifa5aaa"
MINUTE, MESSAGES = 60, 20
TYPES = {"text", "markdown", "image", "news", "file"}


class Robot(ThreadingHTTPServer):
    """What it took is in `messages` and `files`; `down` answers are 503 before it works again."""

    daemon_threads = True

    def __init__(self, clock=time.monotonic):
        super().__init__(("127.0.0.1", 0), Handler)
        self.clock = clock
        self.messages: list[dict] = []
        self.files: dict[str, tuple[str, bytes]] = {}
        self.refused: list[int] = []
        self.down = 0
        self.moments: deque[float] = deque()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/cgi-bin/webhook/send?key={KEY}"


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        """Keep quiet."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.down:
            self.server.down -= 1
            self.send_error(503)
            return
        parts = urlsplit(self.path)
        asked = parse_qs(parts.query)
        if asked.get("key") != [KEY]:
            answer = {"errcode": 93000, "errmsg": f"invalid webhook url, key={asked.get('key')}"}
        elif parts.path.endswith("/upload_media"):
            answer = self.uploaded(body, asked)
        else:
            answer = self.taken(json.loads(body))
        if answer["errcode"]:
            self.server.refused.append(answer["errcode"])
        said = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def uploaded(self, body, asked):
        boundary = re.search("boundary=(.+)", self.headers["Content-Type"])[1].encode()
        _, part, end = body.split(b"--" + boundary)
        head, content = part.split(b"\r\n\r\n", 1)
        content = content.removesuffix(b"\r\n")
        name = re.search('name="media"; filename="([^"]+)"', head.decode())[1]
        if asked.get("type") != ["file"] or end != b"--\r\n":
            return {"errcode": 40004, "errmsg": "invalid media type"}
        if not 5 <= len(content) <= 20 * 2**20:
            return {"errcode": 40006, "errmsg": "invalid media size"}
        media_id = f"m{len(self.server.files)}"
        self.server.files[media_id] = name, content
        return {"errcode": 0, "errmsg": "ok", "media_id": media_id}

    def taken(self, message):
        now, moments = self.server.clock(), self.server.moments
        while moments and moments[0] <= now - MINUTE:
            moments.popleft()
        if len(moments) >= MESSAGES:
            return {"errcode": 45009, "errmsg": "api freq out of limit"}
        wrong = self.wrong(message)
        if wrong:
            return wrong
        moments.append(now)
        self.server.messages.append(message)
        return {"errcode": 0, "errmsg": "ok"}

    def wrong(self, message):  # noqa: PLR0911 - one a rule
        kind = message.get("msgtype")
        if kind not in TYPES or kind not in message:
            return {"errcode": 40008, "errmsg": "invalid message type"}
        if kind == "markdown" and len(message[kind]["content"].encode()) > 4096:
            return {"errcode": 40058, "errmsg": "markdown.content exceed max length 4096"}
        if kind == "text" and len(message[kind]["content"].encode()) > 2048:
            return {"errcode": 40058, "errmsg": "text.content exceed max length 2048"}
        if kind == "image":
            content = base64.b64decode(message[kind]["base64"], validate=True)
            if len(content) > 2 * 2**20:
                return {"errcode": 40009, "errmsg": "invalid image size"}
            if hashlib.md5(content, usedforsecurity=False).hexdigest() != message[kind]["md5"]:
                return {"errcode": 301019, "errmsg": "media md5 not match"}
        if kind == "file" and message[kind]["media_id"] not in self.server.files:
            return {"errcode": 40007, "errmsg": "invalid media_id"}
        return None


@contextmanager
def playing(clock=time.monotonic):
    """Let a robot work while the block lasts."""
    with Robot(clock) as robot:
        thread = Thread(target=robot.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield robot
        finally:
            robot.shutdown()
            thread.join()
