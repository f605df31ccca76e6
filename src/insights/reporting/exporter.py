"""The nbconvert exporters: one executed notebook in, one self-contained page out.

``jupyter nbconvert --to insights_manager report.ipynb`` works, and so does the runner, which calls
`from_notebook_node`. Files for beside the page are in ``resources["outputs"]``, and how many charts
the page has to hold in ``resources["charts"]``.
"""

from typing import Any, ClassVar

from nbconvert.exporters.exporter import Exporter

from insights.reporting.page import Audience
from insights.reporting.reading import read
from insights.reporting.render import report_html


class _PageExporter(Exporter):  # type: ignore[misc]  # nbconvert has no types
    """What both pages share."""

    audience: ClassVar[Audience]
    file_extension = ".html"
    output_mimetype = "text/html"

    @property
    def default_config(self) -> Any:
        """Two preprocessors: nbconvert checks the notebook again after each one, used or not."""
        config = super().default_config
        config.Exporter.default_preprocessors = [
            "nbconvert.preprocessors.TagRemovePreprocessor",
            "nbconvert.preprocessors.ExecutePreprocessor",
        ]
        return config

    def from_notebook_node(
        self, nb: Any, resources: dict[str, Any] | None = None, **kwargs: Any
    ) -> tuple[str, dict[str, Any]]:
        """Return the page, and the resources with the files that stand beside it."""
        if any(getattr(step, "enabled", True) for step in self._preprocessors):
            nb, found = super().from_notebook_node(nb, resources, **kwargs)
        else:  # Nothing is to change the notebook, so that it need not be copied.
            found = self._init_resources(resources)
        page = read(nb, self.audience)
        found["charts"] = page.charts
        found["output_extension"] = self.file_extension
        found["outputs"] = {**(found.get("outputs") or {}), **page.files}
        return report_html(page), found


class ManagerExporter(_PageExporter):
    """The page for the one who decides: no code in the file."""

    audience = "manager"
    export_from_notebook = "Insights: manager's page (HTML)"


class AnalystExporter(_PageExporter):
    """The page for the one who checks: folded code, full tables, evidence of the checks."""

    audience = "analyst"
    export_from_notebook = "Insights: analyst's page (HTML)"
