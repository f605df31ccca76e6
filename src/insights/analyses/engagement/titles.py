"""Titles: which pieces say nearly the same, and what are they about?

Chinese has no spaces between words, and a dictionary of words is one more thing to keep up to date:
runs of two and three characters carry the same evidence for comparing titles (Cavnar and Trenkle
1994), need no dictionary, and work on English too.
"""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

Ints = NDArray[np.int64]

# Titles this alike (cosine of their runs of characters) are one piece shown again.
ALIKE = 0.8
_SHORTEST = 4  # characters; shorter titles name a series, not a piece
_MOST_WORDS = 300
_FEWEST, _LARGEST_SHARE = 5, 0.5
_CHUNK, _PAIRS = 2_000, 100_000


def tags(entry: object) -> list[str]:
    """Return the tags of one piece, of a list or of text with commas; empty where none is known.

    Examples
    --------
    >>> tags("会员日, 上新"), tags(None), tags(["a", " b "])
    (['会员日', '上新'], [], ['a', 'b'])
    """
    if isinstance(entry, str):
        parts: Sequence[object] = re.split(r"[,，、;；|#]", entry)
    elif isinstance(entry, list | tuple | np.ndarray):
        parts = list(entry)
    else:
        return []
    return [text for part in parts if part is not None and (text := str(part).strip())]


def near_duplicates(titles: Sequence[object], *, alike: float = ALIKE) -> Ints:
    """Return a number for each title, the same for those that say nearly the same.

    Parameters
    ----------
    titles : sequence of str or None
        A missing or very short title stands for itself.
    alike : float in (0, 1]
        Cosine from which two titles are one.

    Examples
    --------
    >>> near_duplicates(["春季上新：大衣", "春季上新：大衣！", "会员日来了"]).tolist()
    [0, 0, 1]
    """
    known = [
        str(title) if isinstance(title, str) and len(title.strip()) >= _SHORTEST else ""
        for title in titles
    ]
    size = len(known)
    has = np.flatnonzero([bool(text) for text in known])
    if not has.size:
        return np.arange(size)
    number = pd.factorize(pd.Series([" ".join(re.findall(r"\d+", text)) for text in known]))[0]
    # Marks and spaces say nothing; what is left of a title may still be compared.
    runs = _vectorizer().fit_transform([re.sub(r"\W+", "", known[i]) or known[i] for i in has])
    one, two = _alike(sparse.csr_matrix(runs), alike)
    # "No. 12" and "No. 13" of a series are two pieces, however alike they read.
    same = number[has[one]] == number[has[two]]
    row, column = has[one[same]], has[two[same]]
    graph = sparse.coo_matrix((np.ones(row.size), (row, column)), shape=(size, size))
    _, label = connected_components(graph, directed=False)
    return np.asarray(pd.factorize(label)[0], dtype=np.int64)


def words(titles: Sequence[object]) -> tuple[sparse.csr_matrix, list[str]]:
    """Return which runs of characters each title has, for the runs that recur, and the runs.

    Rows are scaled to length 1, so that a long title does not count for more. At most 300 runs,
    each in 5 titles or more and in at most half of them.
    """
    # The number of an issue says nothing of what it is about.
    texts = [re.sub(r"\d+", " ", title) if isinstance(title, str) else "" for title in titles]
    if len([text for text in texts if text]) < 2 * _FEWEST:
        return sparse.csr_matrix((len(texts), 0)), []
    from sklearn.feature_extraction.text import CountVectorizer  # noqa: PLC0415 - heavy

    try:
        maker = CountVectorizer(
            analyzer="char_wb", ngram_range=(2, 3), binary=True, min_df=_FEWEST,
            max_df=_LARGEST_SHARE, max_features=_MOST_WORDS,
        )  # fmt: skip
        found = sparse.csr_matrix(maker.fit_transform(texts), dtype=np.float64)
    except ValueError:  # no run recurs in so many titles
        return sparse.csr_matrix((len(texts), 0)), []
    return _unit_rows(found), list(maker.get_feature_names_out())


def topics(lists: Sequence[list[str]]) -> tuple[sparse.csr_matrix, list[str]]:
    """Return each piece's topics with weights that sum to 1, for topics of two pieces or more."""
    count = pd.Series([word for words in lists for word in set(words)], dtype=object).value_counts()
    known = sorted(count.index[count >= 2].tolist())
    place = {word: i for i, word in enumerate(known)}
    row, column, weight = [], [], []
    for i, entry in enumerate(lists):
        mine = sorted({place[word] for word in entry if word in place})
        row += [i] * len(mine)
        column += mine
        weight += [1 / len(mine)] * len(mine) if mine else []
    shape = (len(lists), len(known))
    return sparse.csr_matrix((weight, (row, column)), shape=shape, dtype=np.float64), known


def _alike(runs: sparse.csr_matrix, least: float) -> tuple[Ints, Ints]:
    """Return all pairs of rows of length 1 whose product is at least so much.

    What most rows have is no reason to compare two of them: a row is looked up by its rarest runs
    alone, as many as it takes for the others to be too short for such a product (Bayardo, Ma and
    Srikant 2007).
    """
    # The last columns are the most common ones.
    runs = runs[:, np.argsort(runs.getnnz(axis=0), kind="stable")].tocsr()
    runs.sort_indices()
    squares = runs.data**2
    row = np.repeat(np.arange(runs.shape[0]), np.diff(runs.indptr))
    upto = np.cumsum(squares) - squares
    from_here = np.bincount(row, squares, runs.shape[0])[row] - (upto - upto[runs.indptr[row]])
    # A hair, so that what is equal but for rounding is compared.
    rare = from_here >= least**2 - 1e-9
    left = np.sqrt(np.bincount(row, squares * ~rare, runs.shape[0]))
    keys = runs.copy()
    keys.data *= rare
    keys.eliminate_zeros()
    turned, found = runs.T.tocsr(), []
    for start in range(0, runs.shape[0], _CHUNK):
        near = (keys[start : start + _CHUNK] @ turned).tocoo()
        one, two = near.row.astype(np.int64) + start, near.col.astype(np.int64)
        may = (near.data >= least - left[one] - 1e-9) & (one < two)
        one, two = one[may], two[may]
        for begin in range(0, one.size, _PAIRS):
            some = slice(begin, begin + _PAIRS)
            product = np.asarray(runs[one[some]].multiply(runs[two[some]]).sum(axis=1)).ravel()
            close = product >= least
            found.append((one[some][close], two[some][close]))
    if not found:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    return np.concatenate([one for one, _two in found]), np.concatenate(
        [two for _one, two in found]
    )


def _vectorizer() -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 - heavy

    return TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 3), lowercase=True)


def _unit_rows(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return sparse.diags(1 / np.maximum(length, 1.0)) @ matrix
