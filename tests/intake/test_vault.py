"""Files as received: kept once, private, encrypted when a key is set, never half written."""

import hashlib
import io
import json
import stat
import zipfile

import pytest

from insights.errors import IntakeError, SettingsError
from insights.intake import sealing, vault
from insights.intake.vault import Vault

PHONE = b"13800000001"


@pytest.fixture(autouse=True)
def _no_key_of_this_machine(monkeypatch):
    monkeypatch.delenv(vault.KEY_VARIABLE, raising=False)


@pytest.fixture(params=["", "raw" * 12], ids=["plain", "encrypted"])
def kept(request, shop, monkeypatch):
    if request.param:
        monkeypatch.setenv(vault.KEY_VARIABLE, request.param)
    return Vault.of(shop.settings, shop.settings.brand())


@pytest.fixture
def sealed(shop, monkeypatch):
    monkeypatch.setenv(vault.KEY_VARIABLE, "raw" * 12)
    return Vault.of(shop.settings, shop.settings.brand())


@pytest.fixture
def export(tmp_path):
    path = tmp_path / "王小明 13800000001.CSV"
    path.write_bytes(b"phone\n" + PHONE + b"\n")
    return path


def files(folder):
    return [path for path in folder.iterdir() if path.suffix != ".entry"]


class TestKeeping:
    def test_the_content_comes_back_as_received(self, kept, export):
        sha256 = kept.keep(export, adapter="tills.orders")
        assert sha256 == hashlib.sha256(export.read_bytes()).hexdigest()
        with kept.open(sha256) as stream:
            assert stream.read() == export.read_bytes()
        (entry,) = kept.entries()
        assert (entry.adapter, entry.size, entry.suffix) == ("tills.orders", 18, ".csv")

    def test_it_is_private(self, kept, export):
        kept.keep(export)
        assert stat.S_IMODE(kept.folder.stat().st_mode) == 0o700
        assert {stat.S_IMODE(path.stat().st_mode) for path in files(kept.folder)} == {0o600}

    def test_twice_is_once(self, kept, export, tmp_path):
        first = kept.keep(export)
        entry = kept.entries()
        (tmp_path / "other.csv").write_bytes(export.read_bytes())
        assert kept.keep(tmp_path / "other.csv") == first
        assert kept.entries() == entry
        assert len(list(kept.folder.iterdir())) == 2

    def test_a_name_that_tells_of_somebody_is_encrypted_or_not_kept(self, kept, export):
        kept.keep(export)
        said = b"".join(path.read_bytes() for path in kept.folder.iterdir() if path.suffix)
        names = " ".join(path.name for path in kept.folder.iterdir())
        assert "王小明" not in names + json.dumps(said.decode("utf-8", "replace"))
        assert kept.entries()[0].name == (export.name if kept.secret else "")

    def test_a_crash_leaves_nothing_half(self, kept, export, monkeypatch):
        monkeypatch.setattr(vault, "replace_text", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            kept.keep(export)
        monkeypatch.undo()
        assert kept.entries() == []
        sha256 = Vault(kept.folder, kept.secret).keep(export)
        with kept.open(sha256) as stream:
            assert PHONE in stream.read()

    def test_a_file_of_json_is_kept_beside_what_is_known_of_it(self, kept, tmp_path):
        (tmp_path / "a.json").write_bytes(b'{"sha256": 1}')
        with kept.open(kept.keep(tmp_path / "a.json")) as stream:
            assert stream.read() == b'{"sha256": 1}'
        assert [entry.suffix for entry in kept.entries()] == [".json"]

    def test_it_is_pruned_by_age(self, kept, export):
        sha256 = kept.keep(export)
        assert kept.prune(older_than_days=1) == []
        assert kept.prune(older_than_days=-1) == [sha256]
        assert list(kept.folder.iterdir()) == []
        with pytest.raises(IntakeError, match="was pruned"):
            kept.open(sha256)

    def test_what_was_redacted_or_removed_is_not_brought_back(self, kept, export):
        sha256 = kept.keep(export)
        kept.replace(kept.entry(sha256), lambda out: out.write(b"phone\n"))
        kept.keep(export)
        with kept.open(sha256) as stream:
            assert stream.read() == b"phone\n"
        assert kept.entry(sha256).redacted
        kept.remove(kept.entry(sha256))
        kept.keep(export)
        assert kept.entry(sha256).removed
        with pytest.raises(IntakeError, match="forgotten"):
            kept.open(sha256)


class TestSealing:
    @pytest.mark.parametrize("size", [0, 1, 2 * sealing.CHUNK, 2 * sealing.CHUNK + 7])
    def test_any_size_and_any_place(self, sealed, tmp_path, size):
        content = (bytes(range(251)) * (size // 251 + 1))[:size]
        path = tmp_path / "a.bin"
        path.write_bytes(content)
        with sealed.open(sealed.keep(path)) as stream:
            assert stream.read() == content
            stream.seek(size // 2)
            assert stream.read(5) == content[size // 2 :][:5]
            assert stream.seek(0, io.SEEK_END) == size

    def test_a_zip_can_be_read_from_it(self, sealed, tmp_path):
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
            packed.writestr("a.csv", "x")
        with sealed.open(sealed.keep(tmp_path / "a.zip")) as stream:
            assert zipfile.ZipFile(stream).read("a.csv") == b"x"

    def test_nothing_is_readable_on_disk(self, sealed, export):
        sealed.keep(export)
        assert all(PHONE not in path.read_bytes() for path in sealed.folder.iterdir())

    def test_another_key_and_none_are_told(self, sealed, export, shop, monkeypatch):
        sha256 = sealed.keep(export)
        monkeypatch.setenv(vault.KEY_VARIABLE, "other" * 8)
        with pytest.raises(IntakeError, match="another key"):
            Vault.of(shop.settings, shop.settings.brand()).open(sha256)
        monkeypatch.delenv(vault.KEY_VARIABLE)
        with pytest.raises(IntakeError, match="no key is set"):
            Vault.of(shop.settings, shop.settings.brand()).open(sha256)
        monkeypatch.setenv(vault.KEY_VARIABLE, "short")
        with pytest.raises(SettingsError, match="too short"):
            Vault.of(shop.settings, shop.settings.brand())

    @pytest.mark.parametrize("harm", ["cut", "swap", "flip", "stub"])
    def test_a_damaged_file_is_noticed(self, sealed, tmp_path, harm):
        path = tmp_path / "a.bin"
        path.write_bytes(bytes(3 * sealing.CHUNK))
        sha256 = sealed.keep(path)
        (at,) = files(sealed.folder)
        held = at.read_bytes()
        head, step = sealing._HEADER, sealing.CHUNK + 16
        at.write_bytes(
            {
                "cut": held[: head + 2 * step],
                "swap": held[:head] + held[head + step :][:step] + held[head:][:step],
                "flip": held[:-1] + bytes([held[-1] ^ 1]),
                "stub": held[:9],
            }[harm]
        )
        with pytest.raises(IntakeError, match="damaged"), sealed.open(sha256) as stream:
            stream.read()
