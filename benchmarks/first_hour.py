"""From `make lab` to the first result in a browser, and what `import insights` costs.

python benchmarks/first_hour.py

Needs Chromium and a set-up .venv; the retailer's data are loaded on the first go, which is not
counted. The peer is JupyterLab alone, with the same Chromium, up to its first drawn notebook.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
IMPORT_CPU_SECONDS, FIRST_RESULT_SECONDS = 0.5, 15
IDLE = ".jp-Notebook-ExecutionIndicator[data-status=idle]"
OPTIONS = ["--no-browser", "--ServerApp.ip=127.0.0.1", "--ServerApp.port=0"]
OPTIONS += ["--IdentityProvider.token=bench"]
OPTIONS += ["--allow-root"] if os.geteuid() == 0 else []


def import_cpu() -> float:
    """Return the CPU seconds of `import insights` in a new interpreter, the median of five."""
    code = "import time; t = time.process_time(); import insights; print(time.process_time() - t)"
    taken = sorted(
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
        for _ in range(5)
    )
    return taken[2]


def address(process: subprocess.Popen[str]) -> str:
    """Return where a starting server is found."""
    said = ""
    for line in process.stdout:
        said += line
        if found := re.search(r"http://127\.0\.0\.1:\d+", line):
            return found.group()
    raise SystemExit(f"JupyterLab did not start:\n{said}")


def listening(where: str) -> None:
    """Wait until the server answers: it says its address a moment before."""
    host, _, port = where.removeprefix("http://").partition(":")
    for _ in range(100):
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"JupyterLab does not answer at {where}.")


def until(command: list[str], page: Page, *, result: bool) -> float:
    """Return the seconds from a command to its first drawn notebook, or its first result."""
    began = time.perf_counter()
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            where = address(process)
            # What the server says later would fill the pipe, and stop it.
            threading.Thread(target=process.stdout.read, daemon=True).start()
            listening(where)
            with page.expect_websocket(lambda socket: "/channels" in socket.url) as kernel:
                page.goto(f"{where}/lab/tree/notebooks/start_here.ipynb?token=bench&reset")
            page.wait_for_selector(".jp-Notebook .jp-Cell")
            if result:
                # Before the kernel has answered, JupyterLab loses "Run All" without a word.
                with kernel.value.expect_event("framereceived"):
                    page.wait_for_timeout(1)
                page.wait_for_selector(IDLE)
                page.get_by_role("menubar").get_by_text("Run", exact=True).click()
                page.locator(".lm-Menu-itemLabel", has_text="Run All Cells").first.click()
                page.wait_for_selector(".jp-OutputArea-output table")
            return time.perf_counter() - began
        finally:
            os.killpg(process.pid, signal.SIGTERM)  # The group that was begun here.
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


def main() -> None:
    """Print the figures and how they stand to what was promised."""
    cpu = import_cpu()
    print(f"import insights: {cpu:.3f} CPU s (at most {IMPORT_CPU_SECONDS})")
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        print("No Chromium on the path: the first result was not timed.")
        return
    # What is there already is not loaded again; the first go is the set-up.
    subprocess.run(["make", "setup"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    load = ["ingest", "completejourney", "--brand", "completejourney"]
    subprocess.run(
        [sys.executable, "-m", "insights", *load], cwd=ROOT, check=True, capture_output=True
    )
    with sync_playwright() as started:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        chromium = started.chromium.launch(executable_path=browser, args=arguments)
        page = chromium.new_page()
        page.set_default_timeout(120_000)
        alone = [sys.executable, "-m", "jupyterlab", *OPTIONS]
        plain = until(alone, page, result=False)
        ours = until(["make", "lab", f"ARGS={' '.join(OPTIONS)}"], page, result=True)
        chromium.close()
    print(f"JupyterLab alone, to a drawn notebook: {plain:.1f} s")
    print(f"make lab, to the first result: {ours:.1f} s (at most {FIRST_RESULT_SECONDS})")
    print(f"ratio: {ours / plain:.2f}")


if __name__ == "__main__":
    main()
