"""Preview: what would a manager see of this result, before there is a report?

The page is made by the same exporter and passes the same gate as a published one, so what is shown
here is what would be sent, and what would be refused is refused here.
"""

from html import escape
from pathlib import Path
from typing import Any

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from insights.errors import DataError, ParameterError
from insights.reporting.exporter import AnalystExporter, ManagerExporter
from insights.reporting.gate import refuse_if_wrong
from insights.reporting.page import Audience
from insights.results import MIME, Answer, Checks, Limits, Result
from insights.results.html import Showable
from insights.settings import Brand
from insights.wording import LANGS, Lang, speaking, voice

HEIGHT = 720  # Pixels; a first screen and the beginning of the second.


class Preview:
    """A page as its reader sees it; in a notebook it shows itself in place.

    Attributes
    ----------
    html : str
        The whole file.
    """

    def __init__(self, html: str) -> None:
        self.html = html

    def __repr__(self) -> str:
        return f"<Preview of {len(self.html) // 1024} KB: .save('page.html') keeps it>"

    def save(self, path: str | Path) -> Path:
        """Write the page to a file; return where it is.

        Raises
        ------
        DataError
            If it cannot be written.

        Examples
        --------
        >>> page.save("page.html").name
        'page.html'
        """
        target = Path(path)
        try:
            target.write_text(self.html, "utf-8")
        except OSError as error:
            raise DataError(
                f"'{target}' cannot be written: {error.strerror or error}. Name a file in a folder "
                "that there is and where this user may write."
            ) from error
        return target

    def _repr_html_(self) -> str:
        # A frame of its own: neither the page's style nor the notebook's reaches into the other.
        return (
            f'<iframe srcdoc="{escape(self.html)}" sandbox="allow-downloads" title="preview" '
            f'style="width:100%;height:{HEIGHT}px;border:1px solid #8886"></iframe>'
        )


def preview(
    *results: Result, brand: Brand, as_of: str, lang: Lang | None, audience: Audience
) -> Preview:
    """Return the page that results would make.

    Parameters
    ----------
    *results : Result
        In the order of the page; the first one's headline leads.
    brand : Brand
        Whose page it is.
    as_of : str
        YYYY-MM-DD, for the head of the page; '' where it is not known.
    lang : {'zh-CN', 'en'} or None
        The voice in force where None.
    audience : {'manager', 'analyst'}

    Raises
    ------
    GateRefused
        If such a page would not be published; the message says why.
    """
    if not results:
        raise DataError("There is nothing to preview. Give it results: ins.preview(r).")
    for one in results:
        if not isinstance(one, Result):
            raise DataError(
                f"A preview is made of results; found a {type(one).__name__}. Give it what an "
                "analysis returns, such as cohorts.retention(...)."
            )
    if lang is not None and lang not in LANGS:
        raise ParameterError(f"There is no language called '{lang}'. Known: {', '.join(LANGS)}.")
    exporter = {"manager": ManagerExporter, "analyst": AnalystExporter}.get(audience)
    if exporter is None:
        raise ParameterError(f"A page is for 'manager' or 'analyst'; found '{audience}'.")
    with speaking(lang or voice().lang, voice().currency):
        notebook = _notebook(results, brand, as_of)
    html, resources = exporter().from_notebook_node(notebook)
    refuse_if_wrong(html, expected_figures=resources["charts"], files=resources["outputs"])
    return Preview(html)


def _notebook(results: tuple[Result, ...], brand: Brand, as_of: str) -> Any:
    """Return the notebook that a run of these results would have left."""
    title = results[0].say(results[0].title)
    parts: list[Showable] = [Answer(*results), *results, Checks(*results), Limits(*results)]
    cells = [new_markdown_cell(f"# {title}" if title else "")]
    cells += [
        new_code_cell(
            "", outputs=[new_output("display_data", {MIME: one.bundle().model_dump(mode="json")})]
        )
        for one in parts
    ]
    notebook = new_notebook(cells=cells)
    notebook.metadata["insights"] = {
        "brand": brand.name,
        "brand_title": brand.title,
        "title": title,
        "period": as_of,
        "as_of": as_of,
        "lang": voice().lang,
        "rise": brand.rise,
        "simulated": brand.simulated,
    }
    return notebook
