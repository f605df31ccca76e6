"""Explaining: how would files be read, and why? They are read for it; nothing is loaded or kept."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from insights.intake.files import FilesSource
from insights.intake.translating.account import FileAccount
from insights.settings import Brand, Settings


@dataclass(frozen=True, kw_only=True)
class _Words:
    """What the parts of an explanation are called in one language."""

    rows: str
    read: str
    used: str
    skipped: str
    refused: str
    gives: str
    reads: str
    unread: str
    unknown: str
    missing: str
    none: str
    total: str
    unheld: str
    note: str
    nearest: str


_WORDS = {
    "en": _Words(
        rows="rows",
        read="read",
        used="used",
        skipped="skipped",
        refused="refused",
        gives="gives",
        reads="columns read",
        unread="columns known and not read",
        unknown="columns unknown and not read",
        missing="columns missing",
        none="none",
        total="{} in the file, {} in its rows",
        unheld="{}, no total held",
        note="note",
        nearest="nearest",
    ),
    "zh": _Words(
        rows="行数",
        read="读取",
        used="使用",
        skipped="跳过",
        refused="拒收",
        gives="得到",
        reads="读取的列",
        unread="已知但不读取的列",
        unknown="不认得、不读取的列",
        missing="缺少的列",
        none="无",
        total="文件合计 {}，逐行合计 {}",
        unheld="{}，文件中没有可核对的合计",
        note="注意",
        nearest="最接近",
    ),
}


@dataclass(frozen=True)
class Explained:
    """How a file would be read: its account, or why it would be left out."""

    file: str
    label: str = ""
    label_en: str = ""
    reads: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    account: FileAccount | None = None
    reason: str = ""
    message: str = ""
    nearest: str = ""
    message_zh: str = ""

    @property
    def refused(self) -> bool:
        """Whether it would be left out."""
        return self.account is None

    def said(self, lang: str = "en") -> str:
        """Return it in some lines for a person, with the remarks in a language."""
        account = self.account
        if account is None:
            w = _WORDS["en" if lang == "en" else "zh"]
            near = f"\n  {w.nearest}: {self.nearest}" if self.nearest else ""
            message = self.message if lang == "en" else self.message_zh or self.message
            return f"{self.file}: {w.refused} ({self.reason})\n  {message}{near}"
        w = _WORDS["en" if lang == "en" else "zh"]
        counts = [f"{account.rows_read:,} {w.read}", f"{account.rows_used:,} {w.used}"]
        counts += [f"{n:,} {w.skipped} ({why})" for why, n in account.skipped.items()]
        counts += [f"{n:,} {w.refused} ({why})" for why, n in account.refused.items()]
        lines = [
            f"{self.file}: {account.adapter} ({self.label_en if lang == 'en' else self.label})",
            f"  {w.rows}: {', '.join(counts)}",
            f"  {w.gives}: {', '.join(f'{n:,} {table}' for table, n in account.tables.items())}",
            f"  {w.reads}: {', '.join(self.reads)}",
            f"  {w.unread}: {', '.join(self.unread) or w.none}",
            f"  {w.unknown}: {', '.join(account.unknown_headers) or w.none}",
            f"  {w.missing}: {', '.join(account.missing_columns) or w.none}",
            *(f"  {h}: {w.total.format(a, b)}" for h, (a, b) in account.totals.items()),
            *(f"  {name}: {w.unheld.format(total)}" for name, total in account.unheld.items()),
            *(f"  {w.note}: {remark.said(lang)}" for remark in account.remarks),
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
            looks[account.file].adapter.label_en,
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
        Explained(
            one.file,
            reason=one.reason,
            message=one.message,
            nearest=one.nearest,
            message_zh=one.message_zh,
        )
        for one in files.refused
    ]
