"""A real Chromium, driven through chromedriver over its plain HTTP protocol: no library needed."""

import base64
import json
import re
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
]

# The largest analyst's page takes axe twenty seconds; a machine may have more to do.
PATIENCE_MS = 150_000

AXE = """
    var done = arguments[arguments.length - 1];
    axe.run().then(function (found) {
      done(found.violations.map(function (v) {
        return v.id + ': ' + v.nodes.map(function (n) { return n.html; }).join(' | ');
      }));
    });
"""
SMALLEST_TEXT = """
    var sizes = [];
    document.querySelectorAll('svg.chart').forEach(function (svg) {
      var scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
      svg.querySelectorAll('g[transform*="scale"]').forEach(function (g) {
        var size = g.getAttribute('transform').match(/scale\\(([\\d.]+)/);
        if (g.querySelector('use') && size) sizes.push(size[1] * 100 * scale);
      });
    });
    return sizes.length ? Math.min.apply(null, sizes) : 0;
"""


class Browser:
    """One Chromium with a profile of its own, closed at the end of a `with` block."""

    def __init__(self, chromium: str, chromedriver: str) -> None:
        self.chromium, self.chromedriver = chromium, chromedriver

    def __enter__(self) -> "Browser":
        self.profile = tempfile.TemporaryDirectory(prefix="insights-chromium-")
        self.log = Path(self.profile.name) / "chromedriver.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [self.chromedriver, "--port=0"], stdout=log, stderr=subprocess.STDOUT
            )
        self.base = f"http://127.0.0.1:{self._port()}"
        options = {
            "binary": self.chromium,
            "args": [*FLAGS, f"--user-data-dir={self.profile.name}/profile"],
        }
        made = self._call(
            "POST",
            "/session",
            {
                "capabilities": {
                    "alwaysMatch": {
                        "goog:chromeOptions": options,
                        "goog:loggingPrefs": {"performance": "ALL"},
                        "timeouts": {"script": PATIENCE_MS},
                    }
                }
            },
        )
        self.session = f"/session/{made['sessionId']}"
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._call("DELETE", self.session)
        finally:
            self.process.terminate()
            self.process.wait(timeout=20)
            self.profile.cleanup()

    def open(self, page: Path) -> None:
        """Load a file; what loaded before is forgotten."""
        self.requests()
        self._call("POST", f"{self.session}/url", {"url": page.as_uri()})

    def run(self, script: str, *args: Any) -> Any:
        """Run a script's body in the page and return what it returns."""
        return self._call("POST", f"{self.session}/execute/sync", {"script": script, "args": args})

    def run_async(self, script: str) -> Any:
        """Run a script that calls its last argument with what it returns."""
        return self._call("POST", f"{self.session}/execute/async", {"script": script, "args": []})

    def cdp(self, command: str, **params: Any) -> Any:
        """Send a command of the DevTools protocol."""
        return self._call(
            "POST", f"{self.session}/goog/cdp/execute", {"cmd": command, "params": params}
        )

    def screen(self, width: int, *, dark: bool = False, height: int = 844) -> None:
        """Take a screen's size and colours."""
        self.cdp(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=2 if width < 600 else 1,
            mobile=width < 600,
        )
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.cdp("Emulation.setEmulatedMedia", features=scheme)

    def requests(self) -> list[str]:
        """Return the addresses asked for since the last call, but for data inside the page."""
        entries = self._call("POST", f"{self.session}/se/log", {"type": "performance"})
        messages = [json.loads(entry["message"])["message"] for entry in entries]
        return [
            message["params"]["request"]["url"]
            for message in messages
            if message["method"] == "Network.requestWillBeSent"
            and not message["params"]["request"]["url"].startswith("data:")
        ]

    def picture(self, target: Path) -> None:
        """Take a picture of the whole page."""
        size = self.cdp("Page.getLayoutMetrics")["cssContentSize"]
        # Chromium draws no picture taller than 16,384 points of the screen.
        tall = size["height"] * self.run("return devicePixelRatio")
        scale = min(1.0, 16_000 / tall)
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": scale}
        shot = self.cdp("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        target.write_bytes(base64.b64decode(shot["data"]))

    def checked(self, page: Path, axe: str, width: int, picture: Path) -> None:
        """Open a page; assert that it asks for nothing, fits and is accessible; keep a picture."""
        self.open(page)
        assert self.requests() == [page.as_uri()]
        assert self.run("return document.documentElement.scrollWidth") <= width
        self.run(axe)
        assert self.run_async(AXE) == []
        self.picture(picture)

    def smallest_chart_text(self) -> float:
        """Return the height in pixels of the smallest text in a chart; 0 where there is none."""
        return float(self.run(SMALLEST_TEXT))

    def printed(self) -> bytes:
        """Print the open page, without the moment at which it was printed."""
        pdf = base64.b64decode(
            self.cdp("Page.printToPDF", preferCSSPageSize=True, printBackground=True)["data"]
        )
        return re.sub(rb"/(?:Creation|Mod)Date \(.*?\)", b"", pdf)

    def text_of(self, page: Path) -> str:
        """Return what a reader of the page sees."""
        self.open(page)
        shown = self.cdp(
            "Runtime.evaluate", expression="document.body.innerText", returnByValue=True
        )
        return str(shown["result"]["value"])

    def text_without_javascript(self, page: Path) -> str:
        """Return what a reader of the page sees who has switched JavaScript off."""
        self.cdp("Emulation.setScriptExecutionDisabled", value=True)
        try:
            return self.text_of(page)
        finally:
            self.cdp("Emulation.setScriptExecutionDisabled", value=False)

    def _port(self) -> int:
        for _ in range(200):
            if found := re.search(r"started successfully on port (\d+)", self.log.read_text()):
                return int(found[1])
            time.sleep(0.05)
        raise RuntimeError("chromedriver did not start: " + self.log.read_text())

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        data = json.dumps(body or {}).encode() if method == "POST" else None
        request = urllib.request.Request(  # noqa: S310 - our own chromedriver
            self.base + path, data, {"Content-Type": "application/json"}, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=180) as answer:  # noqa: S310
                return json.loads(answer.read())["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{path}: {error.read().decode()[:500]}") from None
