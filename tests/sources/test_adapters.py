"""Every adapter reads its sample: one module below tests/samples/<source>/ each."""

from importlib import import_module
from pathlib import Path

import pytest

from insights import sources
from tests.sources import checks

SAMPLES = Path(__file__).parents[1] / "samples"
FOUND = [
    import_module(f"tests.samples.{path.parent.name}.{path.stem}").SAMPLE
    for path in sorted(SAMPLES.glob("*/*.py"))
    if path.stem != "__init__"
]


@pytest.mark.parametrize("sample", FOUND, ids=lambda sample: sample.adapter)
class TestEachAdapter:
    def test_gives_the_expected_rows(self, sample, tmp_path):
        checks.gives_the_expected_rows(sample, tmp_path)

    def test_gives_the_same_from_shuffled_columns(self, sample, tmp_path):
        if not sample.is_json:
            checks.gives_the_same_from_shuffled_columns(sample, tmp_path)

    def test_gives_the_same_from_noisy_headers(self, sample, tmp_path):
        if not sample.is_json:
            checks.gives_the_same_from_noisy_headers(sample, tmp_path)

    def test_refuses_an_unknown_word_by_name(self, sample, tmp_path):
        if sample.word:
            checks.refuses_an_unknown_word_by_name(sample, tmp_path)

    def test_refuses_ids_that_lost_digits_by_name(self, sample, tmp_path):
        if sample.id:
            checks.refuses_ids_that_lost_digits_by_name(sample, tmp_path)

    def test_accounts_for_all_money(self, sample, tmp_path):
        checks.accounts_for_all_money(sample, tmp_path)

    def test_loads_twice_as_once(self, sample, tmp_path):
        checks.loads_twice_as_once(sample, tmp_path)

    def test_keeps_nothing_personal(self, sample, tmp_path):
        checks.keeps_nothing_personal(sample, tmp_path)


@pytest.mark.parametrize("adapter", sources.adapters(), ids=lambda adapter: adapter.name)
def test_has_a_sample(adapter):
    assert adapter.name in {sample.adapter for sample in FOUND}


@pytest.mark.parametrize(
    "adapter", [one for one in sources.adapters() if one.words], ids=lambda adapter: adapter.name
)
def test_knows_what_every_word_means(adapter, tmp_path):
    (sample,) = (one for one in FOUND if one.adapter == adapter.name and one.words)
    checks.knows_what_every_word_means(sample, tmp_path)
