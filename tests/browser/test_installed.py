"""What the tests of this folder need and would skip themselves without."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_ci_installs_whatever_a_browser_test_or_a_pdf_asks_for():
    asked = [*Path(__file__).parent.glob("*.py"), ROOT / "src/insights/reporting/pdf.py"]
    said = "".join(path.read_text("utf-8") for path in asked)
    needed = " ".join(re.findall(r"apt-get install ([a-z -]+)\)", said)).split()
    installed = re.search(r"tools=\((.*)\)", (ROOT / ".ci" / "run").read_text("utf-8"))[1].split()
    assert set(needed) == {"chromium", "chromium-driver", "poppler-utils", "fonts-noto-cjk"}
    assert set(needed) <= set(installed)
