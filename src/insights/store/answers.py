"""How much of an answer fits into memory? A frame that would not is refused before it is built.

A kernel that runs out of memory dies without a word, and takes a morning's work with it. The engine
streams: an answer is taken in parts, small ones first, and what they hold is measured, so that one
which would not fit is stopped long before, whatever its columns hold.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from insights.errors import TooMuch
from insights.store.waiting import asking, heard

if TYPE_CHECKING:
    import pandas as pd

VECTOR = 2048  # Rows that the engine hands over at a time.
MOST_VECTORS = 256  # In one part; while it is built, a part takes several times what it will hold.
SHARE = (
    1 / 4
)  # Of the free memory for a frame: for a moment its parts and the whole are both there.
FEWEST = 10_000  # So many rows are given whatever the machine says of itself.
_CGROUP = Path("/sys/fs/cgroup")


def frame_of(connection: Any, statement: str, given: dict[str, Any]) -> "pd.DataFrame":
    """Return the answer to a statement as a frame.

    Raises
    ------
    TooMuch
        If it takes more than a quarter of the free memory, measured as its parts arrive.
    KeyboardInterrupt
        If it was stopped; the next question is answered.
    """
    with asking():
        return heard(lambda: _frame_of(connection, statement, given), connection.interrupt)


def _frame_of(connection: Any, statement: str, given: dict[str, Any]) -> "pd.DataFrame":
    free, before = free_memory(), _resident()
    result = connection.execute(statement, given)
    texts = [str(column[1]) == "VARCHAR" for column in result.description]
    try:
        parts = [result.fetch_df_chunk(1)]
        rows, known = len(parts[0]), 0.0
        while len(parts[-1]):
            known += float(parts[-1].memory_usage(deep=True).sum())
            held = max(known, _resident() - before if _opaque(parts[-1]) else 0)
            if rows >= FEWEST and held > free * SHARE:
                raise TooMuch(  # noqa: TRY301 - the answer is ended below, whatever ended it
                    f"The answer has more than {rows:,} rows of {len(texts)} columns, which is as "
                    "much as this machine can hold now. Let the query count or sum (GROUP BY), "
                    "name fewer columns, add LIMIT, or read it in parts: "
                    "`for batch in lake.arrow(query): ...` (lake = ins.open_lake())."
                )
            room = free * SHARE / 32 / max(held / rows, 1)
            parts.append(result.fetch_df_chunk(int(min(max(room / VECTOR, 1), MOST_VECTORS))))
            rows += len(parts[-1])
        return _joined(parts, texts)
    except BaseException:  # Ctrl-C, too: an unfinished answer would bar the next question.
        result.abort()
        raise


def _joined(parts: "list[pd.DataFrame]", texts: Sequence[bool]) -> "pd.DataFrame":
    """Return the parts as one frame, of the types that it would have had in one piece."""
    import pandas as pd  # noqa: PLC0415 - see `engine.connect`
    from pandas.api.types import is_object_dtype  # noqa: PLC0415 - as above

    parts = [part for part in parts if len(part)] or parts[:1]
    if len(parts) == 1:
        return parts[0]
    for at in (at for at, text in enumerate(texts) if text):
        # Text of which a part has none comes as objects; where no part has any, it stays so.
        bare = [part for part in parts if is_object_dtype(part.dtypes.iloc[at])]
        if len(bare) < len(parts):
            for part in bare:
                part.isetitem(at, part.iloc[:, at].astype("str"))
    return pd.concat(parts, ignore_index=True)


def _opaque(part: "pd.DataFrame") -> bool:
    """Whether a column holds lists or the like, whose size a frame does not know."""
    from pandas.api.types import is_object_dtype  # noqa: PLC0415 - see `engine.connect`

    return any(map(is_object_dtype, part.dtypes))


def _resident() -> float:
    """Return the bytes that this process holds."""
    import psutil  # noqa: PLC0415 - see `engine.connect`

    return float(psutil.Process().memory_info().rss)


def stream_of(connection: Any, statement: str, given: dict[str, Any], rows: int) -> Any:
    """Return the answer as a stream of Arrow batches of so many rows, which Ctrl-C ends at once.

    Raises
    ------
    KeyboardInterrupt
        While it is read, if it was stopped.
    """
    import pyarrow as pa  # noqa: PLC0415 - see `engine.connect`

    def begun() -> Any:
        return connection.sql(statement, params=given).to_arrow_reader(rows)

    reader = heard(begun, connection.interrupt)

    def batches() -> Iterator[Any]:
        while (batch := heard(lambda: next(reader, None), connection.interrupt)) is not None:
            yield batch

    return pa.RecordBatchReader.from_batches(reader.schema, batches())


def free_memory() -> float:
    """Return the bytes that this process may still take, of its machine or its container."""
    import psutil  # noqa: PLC0415 - see `engine.connect`

    free = float(psutil.virtual_memory().available)
    try:
        most = (_CGROUP / "memory.max").read_text("utf-8").strip()
        used = (_CGROUP / "memory.current").read_text("utf-8")
        return free if most == "max" else min(free, max(0.0, float(most) - float(used)))
    except (OSError, ValueError):  # No container, or one that does not say.
        return free
