"""The module table of ARCHITECTURE.md, made from the docstrings. Run this file to write it."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "ARCHITECTURE.md"
BEGIN, END = "<!-- modules: written by `make docs` -->", "<!-- end of modules -->"


def modules() -> list[Path]:
    """Return every module of the package, relative to it, a package before what is in it."""
    package = ROOT / "src" / "insights"
    found = [path.relative_to(package) for path in package.rglob("*.py")]
    return sorted(found, key=lambda path: (path.parent.parts, path.name != "__init__.py", path))


def table() -> str:
    """Return the table: one row a module, what it is for as its docstring begins."""
    rows = ["| module | what it is for |", "| --- | --- |"]
    for path in modules():
        tree = ast.parse((ROOT / "src" / "insights" / path).read_text("utf-8"))
        said = (ast.get_docstring(tree) or "").split("\n\n")[0]
        rows.append(
            f"| `{path.as_posix()}` | {' '.join(said.split()).replace('|', chr(92) + '|')} |"
        )
    return "\n".join(rows)


def page() -> str:
    """Return ARCHITECTURE.md with the table of today."""
    text = PAGE.read_text("utf-8")
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{table()}\n{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
