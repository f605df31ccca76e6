import io
import struct
import zipfile

import pytest

from insights.errors import UnreadableFile
from insights.intake.reading import Limits, Page
from tests.intake.reading.made import HEADER, csv_text, document, rows_of, xlsx, zipped

CSV = csv_text().encode("gb18030")


def with_gbk_name(name: str) -> bytes:
    """A zip as Windows in China writes it: the name in GBK, and no flag that says so."""
    raw = name.encode("gbk")
    plain = "n" * len(raw)
    return zipped({plain: CSV}).replace(plain.encode(), raw)


def encrypted() -> bytes:
    content = bytearray(zipped({"orders.csv": CSV}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1
    return bytes(content)


def damaged() -> bytes:
    content = bytearray(zipped({"orders.csv": csv_text().encode() * 50}))
    content[300:340] = bytes(40)
    return bytes(content)


class TestMembers:
    def test_each_is_a_page_under_its_own_name(self, reading):
        read = reading(zipped({"june/orders.csv": CSV, "api.json": document()}), "june.zip")
        assert [part.name for part in read.parts] == [
            "june.zip › orders.csv",
            "june.zip › api.json",
        ]
        assert len({part.sha256 for part in read.parts}) == 1
        assert len(rows_of(read.parts[0], HEADER[0])) == 30

    def test_sheets_and_archives_within(self, reading):
        inner = zipped({"a.csv": CSV, "b.xlsx": xlsx()})
        parts = reading(zipped({"七月.zip": inner}), "all.zip").parts
        assert [part.name for part in parts] == [
            "all.zip › 七月.zip › a.csv",
            "all.zip › 七月.zip › b.xlsx › Sheet1",
        ]
        assert [len(rows_of(part, HEADER[2])) for part in parts] == [30, 30]

    def test_names_that_windows_wrote_in_gbk(self, reading):
        assert reading(with_gbk_name("六月订单.csv"), "a.zip").page.name == "a.zip › 六月订单.csv"

    @pytest.mark.parametrize(
        "name",
        ["../../etc/orders.csv", "/etc/orders.csv", "C:\\x\\orders.csv", "..\\..\\orders.csv"],
    )
    def test_no_name_leads_anywhere(self, reading, tmp_path, name):
        page = reading(zipped({name: CSV}), "a.zip").page
        assert page.name == "a.zip › orders.csv"
        assert len(rows_of(page, HEADER[0])) == 30
        assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]

    def test_two_of_one_name_are_told_apart(self, reading):
        parts = reading(zipped({"june/o.csv": CSV, "july/o.csv": CSV}), "a.zip").parts
        assert [part.name for part in parts] == ["a.zip › o.csv", "a.zip › o.csv (2)"]

    def test_what_computers_put_there_for_themselves_is_left(self, reading):
        members = {"__MACOSX/._o.csv": b"x", ".DS_Store": b"x", "~$o.xlsx": b"x", "o.csv": CSV}
        assert reading(zipped(members), "a.zip").page.name == "a.zip › o.csv"

    def test_one_that_cannot_be_read_leaves_the_others(self, reading):
        parts = reading(zipped({"a.pdf": b"%PDF-1.7", "o.csv": CSV, "e.csv": b""}), "a.zip").parts
        assert [getattr(part, "reason", "") for part in parts] == ["unknown_format", "", "empty"]


class TestRefused:
    def test_one_with_a_password_is_named(self, reading):
        part = reading(encrypted(), "a.zip").unreadable
        assert (part.name, part.reason) == ("a.zip › orders.csv", "password")

    def test_damage_stops_the_stream(self, reading):
        parts = reading(damaged(), "a.zip").parts
        if isinstance(parts[0], Page):
            with pytest.raises(UnreadableFile) as caught:
                rows_of(parts[0], *parts[0].head[0][:1])
            assert caught.value.reason == "damaged"
        else:
            assert parts[0].reason == "damaged"

    def test_a_checksum_that_is_wrong_at_the_end_stops_the_stream(self, reading):
        content = bytearray(zipped({"orders.csv": CSV}))
        for signature, offset in ((b"PK\x03\x04", 14), (b"PK\x01\x02", 16)):
            at = content.index(signature) + offset
            content[at : at + 4] = struct.pack("<I", 1)
        (part,) = reading(bytes(content), "a.zip").parts
        assert part.reason == "damaged"

    @pytest.mark.parametrize("keep", [4, 30, 200, -1, -20])
    def test_one_that_was_cut_is_damaged(self, reading, keep):
        content = zipped({"o.csv": CSV})[:keep]
        assert reading(content, "a.zip").unreadable.reason == "damaged"

    def test_one_of_nothing_is_empty(self, reading):
        assert reading(zipped({}), "a.zip").unreadable.reason == "empty"

    def test_the_third_one_within_is_too_deep(self, reading):
        content = CSV
        for _ in range(3):
            content = zipped({"in.zip": content})
        part = reading(content, "out.zip").unreadable
        assert (part.reason, part.name) == ("nested_too_deep", "out.zip › in.zip › in.zip")

    @pytest.mark.parametrize(
        "limits",
        [Limits(archive_bytes=100_000), Limits(ratio_from=1_000, ratio=50), Limits(members=1)],
    )
    def test_a_bomb_is_not_lit(self, reading, limits):
        content = zipped({"a.csv": b"1,2\n" * 100_000, "b.csv": b"1"})
        assert reading(content, "a.zip", limits=limits).unreadable.reason == "too_large"

    def test_members_that_lie_on_one_another_are_a_bomb(self, reading):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.csv", csv_text().encode() * 100)
            first = archive.infolist()[0]
            for number in range(50):
                archive.filelist.append(first)
                archive.NameToInfo[f"{number}"] = first
        assert reading(out.getvalue(), "a.zip").unreadable.reason == "too_large"

    def test_an_archive_within_that_is_too_large_to_hold_is_not_held(self, reading):
        content = zipped({"in.zip": zipped({"o.csv": CSV}), "o.csv": CSV})
        parts = reading(content, "a.zip", limits=Limits(nested_bytes=100)).parts
        assert [getattr(part, "reason", "") for part in parts] == ["too_large", ""]
