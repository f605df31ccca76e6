"""Status words are closed: a word means what is said, however it is wrapped, or it is named."""

from contextlib import closing
from datetime import datetime

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights import sources
from insights.intake.translating import parsers, rows
from insights.settings import Brand
from insights.sources.adapter import Conditional

BY_NAME = {adapter.name: adapter for adapter in sources.adapters()}
CLOSED = [
    ("tmall.orders", "订单状态"),
    ("youzan.orders", "订单状态"),
    ("wx_store.orders", "订单状态"),
]
BLANKS = st.sampled_from(["", " ", "\t", "\u3000", "\u00a0", " \ufeff"])


def read(adapter, header, texts):
    """Return what is read in a column, and the words that are not known, of one row a text."""
    number = list(adapter.kinds).index(header)
    stream = pa.table({"_row": list(range(len(texts))), rows.raw(number): pa.array(texts)})
    scope = {name: one.default for name, one in adapter.scope.items()}
    context = rows.Context(adapter, Brand(name="shop"), scope, datetime(2026, 5, 1))
    place = list(adapter.words).index(header)
    with closing(duckdb.connect()) as connection:
        connection.register("stream", stream)
        asked = rows.select(context, stream.schema.names)
        return connection.execute(
            f'SELECT "{header}", _word{place} FROM ({asked}) ORDER BY _row'
        ).fetchall()


@pytest.mark.parametrize(("name", "header"), CLOSED)
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_a_word_means_what_is_said_or_is_named(name, header, data):
    adapter = BY_NAME[name]
    words = adapter.words[header]
    known = st.tuples(BLANKS, st.sampled_from(sorted(words)), BLANKS)
    # Nearly a word: a letter more, one less, another one.
    near = st.tuples(
        st.sampled_from(sorted(words)), st.integers(0, 9), st.text("已未待的x1", max_size=2)
    )
    texts = data.draw(
        st.lists(
            st.one_of(
                known.map("".join),
                near.map(lambda n: n[0][: n[1]] + n[2] + n[0][n[1] + 1 :]),
                st.text(max_size=8),
                st.sampled_from(parsers.NOTHING),
            ),
            min_size=1,
            max_size=25,
        )
    )
    for text, (said, unknown) in zip(texts, read(adapter, header, texts), strict=True):
        bare = text.strip(" \t\r\n\v\f\u00a0\u3000\ufeff\u200b")
        if bare in words:
            meaning = words[bare]
            may_be = (
                {meaning.then, meaning.otherwise} if isinstance(meaning, Conditional) else {meaning}
            )
            assert unknown is None
            assert (said or "") in may_be
        else:
            # It is nothing, or it stops the file by its name; never is it taken for another word.
            assert said is None or unknown is not None
            assert unknown is not None or not bare.strip("'`=\" -—/") or bare in parsers.NOTHING
