from datetime import date
from decimal import Decimal

import pytest

from insights.store.engine import connect, identifier, quoted


@pytest.fixture
def connection(shop):
    with connect(shop.settings, shop.settings.brand()) as opened:
        yield opened


class TestConnect:
    def test_the_limits_are_those_of_the_settings(self, connection):
        limits = connection.execute(
            "SELECT current_setting('memory_limit'), current_setting('threads')"
        ).fetchone()
        assert limits == ("476.8 MiB", 2)

    def test_two_connections_spill_into_folders_of_their_own(self, shop, connection):
        with connect(shop.settings, shop.settings.brand()) as other:
            asked = "SELECT current_setting('temp_directory')"
            assert connection.execute(asked).fetchone() != other.execute(asked).fetchone()

    def test_the_calendar_counts_days(self, connection):
        days = connection.execute(
            "SELECT day_no FROM calendar WHERE on_date IN ('1970-01-01', '2024-03-01')"
        ).fetchall()
        assert days == [(0,), ((date(2024, 3, 1) - date(1970, 1, 1)).days,)]

    def test_the_brand_says_what_a_trifle_is(self, connection):
        assert connection.execute("SELECT trifle_amount FROM rules").fetchone() == (Decimal(1),)

    def test_a_question_sees_no_variable_of_the_program(self, connection):
        anything = connection.sql("SELECT 1")
        assert anything is not None
        with pytest.raises(Exception, match="anything does not exist"):
            connection.execute("SELECT * FROM anything")


def test_names_and_texts_are_quoted():
    assert quoted("it's") == "'it''s'"
    assert identifier('a"b') == '"a""b"'
