"""What a member table says of people reaches the customers; who is staff is none of them."""

from dataclasses import replace

from insights.intake import FilesSource, ingest
from tests.intake.identity.conftest import People
from tests.samples.brand_tables import staff
from tests.samples.members import members
from tests.sources import checks


def test_customers_are_as_the_member_table_says(tmp_path):
    _, settings = checks.loaded(members.SAMPLE, tmp_path)
    columns = "gender, birth_month, province, consent_marketing, is_staff"
    assert People(settings, settings.brand()).rows("customers", columns) == [
        ("female", 5, "浙江省", True, False),
        ("female", 12, "浙江省", True, False),
        (None, None, "浙江省", None, False),
    ]


def test_a_guides_phone_in_the_member_table_joins_no_members(tmp_path):
    phone = members.PHONES[0]
    guide = {**staff.SAMPLE.rows[0], "手机号": phone}
    two = [members.row(card, phone, unionid="") for card in ("A1", "A2")]
    settings = checks.workspace(tmp_path)
    for name, sample, rows in (
        ("members.csv", members.SAMPLE, two),
        ("staff.csv", staff.SAMPLE, [guide]),
    ):
        (tmp_path / name).write_bytes(replace(sample, rows=tuple(rows)).content())
        files = FilesSource([tmp_path / name], settings, settings.brand())
        assert not ingest(settings, settings.brand(), files).refused_files
    found = People(settings, settings.brand()).rows("customers", "is_staff")
    assert found == [(False,), (False,), (True,)]
