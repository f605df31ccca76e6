"""How much of an answer fits into memory? A frame that would not is refused before it is built.

A kernel that runs out of memory dies without a word, and takes a morning's work with it. The engine
streams, so that a question which would return too many rows is stopped after those that fit.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from insights.errors import TooMuch
from insights.store.waiting import asking, heard

if TYPE_CHECKING:
    import pandas as pd

VECTOR = 2048  # Rows that the engine hands over at a time.
TEXT, PLAIN = 40, 8  # Bytes a row of a frame takes in a column of text, and of anything else.
FEWEST = 100_000  # So many rows are given whatever the machine says of itself.
_CGROUP = Path("/sys/fs/cgroup")


def frame_of(connection: Any, statement: str, given: dict[str, Any]) -> "pd.DataFrame":
    """Return the answer to a statement as a frame.

    Raises
    ------
    TooMuch
        If it has more rows than half of the free memory holds.
    KeyboardInterrupt
        If it was stopped; the next question is answered.
    """
    with asking():
        return heard(lambda: _frame_of(connection, statement, given), connection.interrupt)


def _frame_of(connection: Any, statement: str, given: dict[str, Any]) -> "pd.DataFrame":
    result = connection.execute(statement, given)
    try:
        most = rows_that_fit([str(column[1]) for column in result.description], free_memory())
        # One call for all: in parts, a column without values in one would change its type.
        frame: pd.DataFrame = result.fetch_df_chunk(-(-most // VECTOR))
        if len(frame) < most or not len(result.fetch_df_chunk(1)):
            return frame
        raise TooMuch(  # noqa: TRY301 - the answer is ended below, whatever ended it
            f"The answer has more than {len(frame):,} rows of {frame.shape[1]} columns, which is "
            "as much as this machine can hold now. Let the query count or sum (GROUP BY), name "
            "fewer columns, add LIMIT, or read it in parts: `for batch in lake.arrow(query): ...`."
        )
    except BaseException:  # Ctrl-C, too: an unfinished answer would bar the next question.
        result.abort()
        raise


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


def rows_that_fit(types: Sequence[str], free: float) -> int:
    """Return how many rows of such columns half of the free memory holds.

    Parameters
    ----------
    types : sequence of str
        The engine's names of the columns' types.
    free : float
        Bytes.

    Examples
    --------
    >>> rows_that_fit(["BIGINT", "VARCHAR"], 4e9)
    41666666
    """
    plain = ("INT", "DOUBLE", "FLOAT", "DECIMAL", "DATE", "TIME", "BOOL", "NUMBER")
    row = sum(PLAIN if any(p in kind.upper() for p in plain) else TEXT for kind in types)
    return max(FEWEST, int(free / 2 / max(row, 1)))


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
