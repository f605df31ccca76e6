"""Parsers: what does the text of a cell say? As SQL, so that a column is read in one go.

What is written the usual way is read by one short test; for everything else the cell is tidied
first (`tidy`) and read the long way round. A value is NULL where nothing is said and where it
cannot be understood; `says_nothing` tells the two apart. No value is guessed: what could be off by
a factor (a comma for a point, fen with a fraction, seconds for milliseconds) is not understood.
"""

from collections.abc import Sequence

from insights.store.engine import quoted

NOTHING = ("-", "--", "—", "——", "/", "null", "NULL", "None", "N/A", "nan", "NaN", "无", "暂无")
# What consoles write for "no refund", in a column of amounts.
NO_MONEY = ("无退款申请", "无退款", "未退款")
SQL_TYPES = {
    "yuan": "DECIMAL(18,2)",
    "fen": "DECIMAL(18,2)",
    "number": "DOUBLE",
    "percent": "DOUBLE",
    "flag": "BOOLEAN",
    "time": "TIMESTAMP",
    "epoch_s": "TIMESTAMP",
    "epoch_ms": "TIMESTAMP",
}
TIMES = ("time", "epoch_s", "epoch_ms")

_BLANKS = r"\s\x{00a0}\x{3000}\x{feff}\x{200b}"
_EDGES = rf"^[{_BLANKS}'`=]|[{_BLANKS}]$"
_AROUND = "' \t\r\n\v\f\u00a0\u3000\ufeff\u200b'"
_BEFORE = "' \t\r\n\v\f\u00a0\u3000\ufeff\u200b''`'"
_FULL = "０１２３４５６７８９．，－＋（）￥：／％Ｅｅ　"
_ASCII = "0123456789.,-+()¥:/%Ee "
_AMOUNT = r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d*)?|[+-]?\.\d+"
_TINY = r"\d(\.\d+)?[eE]-\d{1,2}"  # As JSON writes a share of some millionths.
# `5E10` alone may be an article number; what a sheet makes of a long number has a point or a plus.
_SCIENTIFIC = r"[+-]?\d+\.\d+[eE]\+?\d+|[+-]?\d+[eE]\+\d+"
# What is read without being tidied first.
_USUAL = {
    "id": r"\t?[A-Za-z0-9_]{2,64}\t?",
    "card": r"\t?[A-Za-z0-9_]{2,64}\t?",
    "yuan": r"-?\d{1,15}(\.\d{1,2})?",
    "fen": r"-?\d{1,15}",
    "number": r"-?\d{1,15}(\.\d+)?",
    "time": r"(19[89]|20[0-7])\d-\d\d-\d\d \d\d:\d\d:\d\d",
}
_WIDE, _NARROW = "（）【】，：；！／－～＋", "()[],:;!/-~+"
_YES = ("是", "true", "1", "y", "yes", "有", "√")
_NO = ("否", "false", "0", "n", "no", "无", "×")
_WALL = r"\d{4}-\d{1,2}-\d{1,2}( \d{1,2}:\d{1,2}(:\d{1,2}(\.\d+)?)?)?"
_OFFSET = r"\d{4}-\d{1,2}-\d{1,2} \d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?\s*(Z|[+-]\d{2}(:?\d{2})?)"
# How systems write "never": the first second there is, on some wall clock, or the year of no end.
_NEVER = (
    r"0+|0{4}[-/]0{1,2}[-/]0{1,2}.*|0{3}1-0?1-0?1.*|19(70|00)[-/]0?1[-/]0?[01].*|"
    r"1899-12-3[01].*|1753-01-01.*|(2099|9999)[-/.年].*"
)


_SHOWN = 40  # Letters of a cell that could not be read.
_MANY = 7  # So many digits may be somebody's number.
_NOT_SHOWN = r"[^0-9\s元件年月日时分秒点.,:;/+()¥%*#=~<>Ee-]"
_OF_SHEETS = ("#REF!", "#VALUE!", "#N/A", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "NAN", "INF")
_MOMENT = (
    r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?([ T]+\d{1,2}([:时点]\d{1,2}){0,2}[分秒]?(\.\d{1,6})?)?"
)


def text(raw: str) -> str:
    """Return the SQL of a text without blanks around it, and without what consoles wrap it in.

    Wrappers are `="..."`, a leading apostrophe or backtick, tabs and no-break spaces.
    """
    unwrapped = rf"""regexp_replace({raw}, '^[{_BLANKS}]*="([^"]*)"[{_BLANKS}]*$', '\1')"""
    bare = f"ltrim(rtrim({unwrapped}, {_AROUND}), {_BEFORE})"
    stripped = f"CASE WHEN regexp_matches({raw}, {quoted(_EDGES)}) THEN {bare} ELSE {raw} END"
    return f"nullif({stripped}, '')"


def tidy(kind: str, raw: str) -> str:
    """Return the SQL of a cell made ready to be read; NULL if it is empty, or usual as it is."""
    if kind in {"text", "words", "private"}:
        return f"CASE WHEN {raw} NOT IN ('', '-') THEN {text(raw)} END"
    shown = f"translate({text(raw)}, {quoted(_FULL)}, {quoted(_ASCII)})"
    if kind in {"id", "card"}:
        shown = f"trim({shown}, '\"')"
    usual = _USUAL.get(kind)
    unusual = f" AND NOT regexp_full_match({raw}, {quoted(usual)})" if usual else ""
    return f"CASE WHEN {raw} NOT IN ('', '-'){unusual} THEN {shown} END"


def word(said: str, known: Sequence[str]) -> str:
    """Return the SQL of a word of a closed list, as the list writes it.

    Exports write the same word with brackets and commas of either width, and with spaces.
    """
    narrow = f"translate({said}, {quoted(_WIDE)}, {quoted(_NARROW)})"
    folded = f"replace(replace({narrow}, ' ', ''), '\u3000', '')"
    cases = " ".join(f"WHEN {quoted(_narrow(one))} THEN {quoted(one)}" for one in known)
    other = f"CASE {folded} {cases} ELSE {said} END"
    return f"CASE WHEN {said} IN {listed(known)} THEN {said} ELSE {other} END"


def _narrow(word: str) -> str:
    return word.translate(str.maketrans(_WIDE, _NARROW)).replace(" ", "").replace("\u3000", "")


def value(kind: str, raw: str, shown: str, *, time_zone: str, sheet: bool = False) -> str:
    """Return the SQL of what a cell says.

    Parameters
    ----------
    kind : str
        What the column holds: id, text, words, yuan, fen, number, percent, flag, time, epoch_s or
        epoch_ms; phones are keyed ids already.
    raw, shown : str
        SQL of the cell's text, and of what `tidy` makes of it.
    time_zone : str
        The wall clock on which a moment is put that says its offset, or counts seconds.
    sheet : bool
        Whether a bare number may be a date: days since 1900.
    """
    match kind:
        case "phone":
            said = raw
        case "words":
            said = shown
        case "text" | "private":
            said = f"CASE WHEN {shown} NOT IN {listed(NOTHING)} THEN {shown} END"
        case "id" | "card":
            whole = f"regexp_replace({shown}, '^(\\d{{1,15}})\\.0+$', '\\1')"
            none = f"{says_nothing(kind, shown)} OR {lost_digits(shown)}"
            usual = f"nullif(nullif(replace({raw}, chr(9), ''), ''), '-')"
            said = f"CASE WHEN {shown} IS NULL THEN {usual} WHEN NOT ({none}) THEN {whole} END"
        case "flag":
            yes, no = listed(_YES), listed(_NO)
            said = (
                f"CASE WHEN lower({shown}) IN {yes} THEN true WHEN lower({shown}) IN {no} "
                "THEN false END"
            )
        case "percent":
            fits = f"regexp_full_match({shown}, '\\d+(\\.\\d+)?\\s*%')"
            share = f"CAST(regexp_extract({shown}, '[0-9.]+') AS DOUBLE) / 100"
            said = f"CASE WHEN {fits} THEN {share} END"
        case "epoch_s" | "epoch_ms":
            said = _epoch(shown, time_zone, kind)
        case "time":
            said = _time(raw, shown, time_zone, sheet=sheet)
        case _:
            said = _number(kind, raw, shown)
    return said


def shown_of_anybody(raw: str) -> str:
    """Return the SQL of a cell that could not be read, as it may be shown whoever it names.

    What has slipped into a column of money may be a name, a phone or an address. So letters become
    ×, and digits # where there are as many as a phone has, but for a moment and what spreadsheets
    write in place of a value.
    """
    text_ = f"left(trim(translate({raw}, {quoted(_FULL)}, {quoted(_ASCII)})), {_SHOWN})"
    digits = f"length(regexp_replace({text_}, '[^0-9]', '', 'g'))"
    veiled = f"regexp_replace({text_}, {quoted(_NOT_SHOWN)}, '×', 'g')"
    return (
        f"CASE WHEN upper({text_}) IN {listed(_OF_SHEETS)} "
        f"OR regexp_full_match({text_}, {quoted(_MOMENT)}) THEN {text_} WHEN {digits} < {_MANY} "
        f"THEN {veiled} ELSE regexp_replace({veiled}, '[0-9]', '#', 'g') END"
    )


def says_nothing(kind: str, shown: str) -> str:
    """Return the SQL of whether a tidied cell says that there is nothing to say."""
    words = listed((*NOTHING, *(NO_MONEY if kind in {"yuan", "fen"} else ())))
    never = f" OR regexp_full_match({shown}, {quoted(_NEVER)})" if kind in TIMES else ""
    return f"({shown} IN {words}{never})"


def says_something(kind: str, raw: str, shown: str) -> str:
    """Return the SQL of whether a cell says something, be it understood or not."""
    # A usual cell has no tidied text, and may be no value after all: 31 June.
    usual = f"regexp_full_match({raw}, {quoted(_USUAL[kind])})" if kind in _USUAL else "false"
    return f"coalesce(NOT {says_nothing(kind, shown)}, {usual})"


def lost_digits(shown: str) -> str:
    """Return the SQL of whether an id was a number once and lost digits: 6.9E+18."""
    return f"regexp_full_match({shown}, {quoted(_SCIENTIFIC)})"


def cell(kind: str, raw: str, *, time_zone: str = "UTC", sheet: bool = False) -> str:
    """Return the SQL of what one cell says, as a query of its own."""
    said = value(kind, "raw", "shown", time_zone=time_zone, sheet=sheet)
    return (
        f"(SELECT {said} FROM (SELECT raw, {tidy(kind, 'raw')} AS shown "  # noqa: S608
        f"FROM (SELECT {raw} AS raw)))"
    )


def listed(words: Sequence[str]) -> str:
    """Return words as an SQL list."""
    return "(" + ", ".join(quoted(word) for word in words) + ")"


def _number(kind: str, raw: str, shown: str) -> str:
    """Return the SQL of a number: `1,299.00`, `¥12`, `0元`, `2件`, `499.00（仅供参考）`.

    Fen have no fraction: one that has is not in fen.
    """
    bare = f"regexp_replace({shown}, '\\s*\\(.*\\)$', '')"
    signed = f"regexp_replace({bare}, '^([+-]?)\\s*(¥|CNY|RMB)\\s*([+-]?)', '\\1\\3')"
    units = "元" if kind != "number" else "[件个人次条张笔]"
    digits = f"regexp_replace({signed}, '\\s*{units}$', '')"
    like = {"fen": r"[+-]?\d{1,15}(\.0*)?", "number": f"{_AMOUNT}|{_TINY}"}.get(kind, _AMOUNT)
    said = (
        f"CASE WHEN regexp_full_match({digits}, {quoted(like)}) THEN replace({digits}, ',', '') END"
    )
    found = f"coalesce({said}, CASE WHEN {shown} IS NULL THEN {raw} END)"
    if kind == "fen":
        cents = f"TRY_CAST({found} AS DECIMAL(18,0)) * CAST('0.01' AS DECIMAL(3,2))"
        return f"CAST({cents} AS DECIMAL(18,2))"
    return f"TRY_CAST({found} AS {SQL_TYPES[kind]})"


def _time(raw: str, shown: str, time_zone: str, *, sheet: bool) -> str:
    """Return the SQL of a wall-clock time, in any of the ways that it is written."""
    dashed = (
        f"trim(regexp_replace({shown}, "
        r"'^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[T\s]*', '\1-\2-\3 '))"
    )
    spoken = f"regexp_replace(translate({dashed}, '时点分', ':::'), '[秒:]$', '')"
    zoned = f"regexp_replace({dashed}, '([+-]\\d{{2}})(\\d{{2}})$', '\\1:\\2')"
    ways = [
        (_WALL, spoken, f"TRY_CAST({spoken} AS TIMESTAMP)"),
        (r"\d{8}", shown, f"try_strptime({shown}, '%Y%m%d')"),
        (r"\d{12}", shown, f"try_strptime({shown}, '%Y%m%d%H%M')"),
        (r"\d{14}", shown, f"try_strptime({shown}, '%Y%m%d%H%M%S')"),
        (_OFFSET, dashed, f"timezone({quoted(time_zone)}, TRY_CAST({zoned} AS TIMESTAMPTZ))"),
    ]
    fits = f"regexp_matches({shown}, '^(19[89]|20[0-7])')"
    if sheet:
        seconds = f"CAST(round(CAST({shown} AS DOUBLE) * 86400) AS BIGINT)"
        serial = f"TIMESTAMP '1899-12-30' + to_seconds({seconds})"
        days = r"[3-6]\d{4}(\.\d+)?"
        ways.append((days, shown, serial))
        fits = f"({fits} OR regexp_full_match({shown}, {quoted(days)}))"
    cases = " ".join(
        f"WHEN regexp_full_match({of}, {quoted(like)}) THEN {moment}" for like, of, moment in ways
    )
    usual = f"TRY_CAST(nullif({raw}, '') AS TIMESTAMP)"
    # Other years are a unit mistaken, or a slip, and no time that a shop has seen.
    return (
        f"CASE WHEN {shown} IS NULL THEN {usual} WHEN {says_nothing('time', shown)} THEN NULL "
        f"WHEN {fits} THEN CASE {cases} END END"
    )


def _epoch(shown: str, time_zone: str, kind: str) -> str:
    """Return the SQL of seconds or milliseconds since 1970; each has its own number of digits."""
    more = 0 if kind == "epoch_s" else 3
    fits = f"regexp_full_match({shown}, '[1-9]\\d{{{8 + more},{9 + more}}}(\\.0+)?')"
    count = f"CAST(regexp_extract({shown}, '\\d+') AS BIGINT)"
    moment = f"timezone('UTC', make_timestamp({count} * {10 ** (6 - more)}))"
    return f"CASE WHEN {fits} THEN timezone({quoted(time_zone)}, {moment}) END"
