"""What is known of a run afterwards: one row of the ledger, as a value."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from insights.reporting.personal import redacted
from insights.runs.parameters import Value

Status = Literal["running", "published", "skipped", "failed"]
Cause = Literal["", "notebook", "limit", "infrastructure", "interrupted"]


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """One run, or one that was skipped because nothing had changed since `run_id`.

    Attributes
    ----------
    run_id : str
        Sorts by time; also the name of its folder under `reports/runs/`.
    chosen : mapping
        The parameters that differ from the notebook's defaults.
    home : str
        Folder of the published page, relative to the reports folder.
    files : mapping
        SHA-256 of each published file, by name.
    error : str
        First line is the reason in words; empty where there is none. Whatever personal data it is
        given (an exception quotes the row that it stumbled on) is replaced by its kind.
    cause : {"", "notebook", "limit", "infrastructure", "interrupted"}
        What a failure is to be laid to. Of the first two, nothing would come out otherwise if the
        same were tried again.
    usage : mapping
        What the kernel took: `cpu_seconds`, and `memory_mb` at the most.
    headline : str
        First sentence of the page.
    kpis : mapping
        Claims (key, text, facts) and tiles of the page, for "what changed since the last run".
    doing : str
        Where a run at work stands: the cell, and the heading above it.
    settled : bool
        Whether the latest page and the index know of the run.
    """

    run_id: str
    run_key: str
    brand: str
    brand_title: str
    report: str
    title: str
    question: str
    period: str
    folder: str
    as_of: str
    lang: str
    load_id: str
    code_hash: str
    status: Status
    parameters: dict[str, Value] = field(default_factory=dict)
    chosen: dict[str, Value] = field(default_factory=dict)
    home: str = ""
    started_at: str = ""
    ended_at: str = ""
    heartbeat_at: str = ""
    seconds: float = 0.0
    error: str = ""
    headline: str = ""
    kpis: dict[str, Any] = field(default_factory=dict)
    cells: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    process: str = ""
    settled: bool = False
    cause: Cause = ""
    usage: dict[str, float] = field(default_factory=dict)
    doing: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "error", redacted(self.error))

    @property
    def comes_again(self) -> bool:
        """Whether the same run would fail in the same way again."""
        return self.cause in {"notebook", "limit"}

    @property
    def href(self) -> str:
        """Address of the manager's page, relative to the reports folder."""
        return f"{self.home}/index.html"

    @property
    def latest(self) -> str:
        """Address of the page that does not move, relative to the reports folder."""
        return f"latest/{self.brand}/{self.report}/{self.folder}.html"

    @property
    def reason(self) -> str:
        """First line of the error."""
        return self.error.split("\n", 1)[0]

    def but(self, **changes: Any) -> "RunRecord":
        """Return a copy with some fields changed."""
        return replace(self, **changes)

    def as_json(self) -> dict[str, Any]:
        """Return the fields that a script may want, as plain JSON values."""
        inner = {"process", "settled", "brand_title", "question"}
        return {k: v for k, v in asdict(self).items() if k not in inner} | {"href": self.href}
