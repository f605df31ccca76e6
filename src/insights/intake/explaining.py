"""Explaining: how would files be read, and why? They are read for it; nothing is loaded or kept."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from insights.intake.files import FilesSource
from insights.intake.translating.account import FileAccount
from insights.settings import Brand, Settings


@dataclass(frozen=True)
class Explained:
    """How a file would be read: its account, or why it would be left out."""

    file: str
    label: str = ""
    reads: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    account: FileAccount | None = None
    reason: str = ""
    message: str = ""
    nearest: str = ""

    @property
    def refused(self) -> bool:
        """Whether it would be left out."""
        return self.account is None

    def said(self, lang: str = "en") -> str:
        """Return it in some lines for a person, with the remarks in a language."""
        account = self.account
        if account is None:
            near = f"\n  nearest: {self.nearest}" if self.nearest else ""
            return f"{self.file}: refused ({self.reason})\n  {self.message}{near}"
        counts = [f"{account.rows_read:,} read", f"{account.rows_used:,} used"]
        counts += [f"{n:,} skipped ({why})" for why, n in account.skipped.items()]
        counts += [f"{n:,} refused ({why})" for why, n in account.refused.items()]
        lines = [
            f"{self.file}: {account.adapter} ({self.label})",
            f"  rows: {', '.join(counts)}",
            f"  gives: {', '.join(f'{n:,} {table}' for table, n in account.tables.items())}",
            f"  columns read: {', '.join(self.reads)}",
            f"  columns known and not read: {', '.join(self.unread) or 'none'}",
            f"  columns unknown and not read: {', '.join(account.unknown_headers) or 'none'}",
            f"  columns missing: {', '.join(account.missing_columns) or 'none'}",
            *(f"  {h}: {a} in the file, {b} in its rows" for h, (a, b) in account.totals.items()),
            *(f"  {name}: {total}, no total held" for name, total in account.unheld.items()),
            *(f"  note: {remark.said(lang)}" for remark in account.remarks),
        ]
        return "\n".join(lines)


def explain(
    paths: Collection[Path | str],
    settings: Settings,
    brand: Brand,
    scope: Mapping[str, str] | None = None,
) -> list[Explained]:
    """Say how files would be read, by reading them; nothing is loaded and nothing is kept."""
    files = FilesSource(paths, settings, brand, scope or {}, dry=True)
    with TemporaryDirectory(prefix="insights-explain-") as scratch:
        files.prepare(Path(scratch), {}, lambda what, done, steps: None)
    looks = {look.page.name: look.match for look in files.looks}
    good = [
        Explained(
            account.file,
            looks[account.file].adapter.label,
            tuple(looks[account.file].columns.values()),
            tuple(
                header
                for header in looks[account.file].unknown_headers
                if header not in account.unknown_headers
            ),
            account,
        )
        for account in files.accounts
    ]
    return good + [
        Explained(one.file, reason=one.reason, message=one.message, nearest=one.nearest)
        for one in files.refused
    ]
