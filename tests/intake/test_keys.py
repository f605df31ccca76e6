"""A phone becomes the same id however it is written, and what is no person's phone becomes none."""

import hashlib
import hmac
import stat

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.errors import IntakeError, SettingsError
from insights.intake import keys
from insights.intake.keys import IdKey, phone_ids

KEY = IdKey(bytes(range(32)))
MOBILE = "13800000001"


@pytest.fixture(autouse=True)
def _no_key_of_this_machine(monkeypatch):
    for name in (keys.KEY_VARIABLE, keys.FILE_VARIABLE, keys.DIGEST_VARIABLE):
        monkeypatch.delenv(name, raising=False)


def ids(*values):
    return phone_ids(pa.array(values, pa.string()), KEY).to_pylist()


class TestPhones:
    def test_an_id_is_the_keyed_digest_of_the_eleven_digits(self):
        assert ids(MOBILE) == [
            hmac.new(bytes(range(32)), MOBILE.encode(), hashlib.sha256).hexdigest()
        ]

    @pytest.mark.parametrize(
        "written",
        [
            "+86 13800000001",
            "+8613800000001",
            "0086-138-0000-0001",
            "86-13800000001",
            "8613800000001",
            "(+86)13800000001",
            "（+86）138 0000 0001",
            " 138-0000-0001\t",
            "138–0000–0001",
            "１３８０００００００１",
            '="13800000001"',
            "'13800000001",
            "\t13800000001",
            "`13800000001",
            "13800000001.0",
            "\u202d13800000001\u202c",
        ],
    )
    def test_ways_to_write_one_mobile(self, written):
        assert ids(written) == ids(MOBILE)

    @pytest.mark.parametrize(
        "written",
        [
            "138****0001",
            "1******0001",
            "18877771111-123",
            "18877771111 转 123",
            "18877771111,123",
            "0571-88888888",
            "057188888888",
            "400-800-8820",
            "12345678901",
            "1380000000",
            "138000000011",
            "1.38E+10",
            "13800000001/13800000002",
            "无",
            "-",
            "",
            None,
        ],
    )
    def test_what_identifies_nobody(self, written):
        assert ids(written) == [None]

    def test_order_and_length_stay_and_each_mobile_is_hashed_once(self, monkeypatch):
        hashed = []
        monkeypatch.setitem(
            keys._DIGESTS,
            "hmac-sha256",
            lambda key, message: hashed.append(message) or message.decode(),
        )
        chunks = pa.chunked_array([[MOBILE, None], ["13900000004", f"+86{MOBILE}"], []])
        assert phone_ids(chunks, KEY).to_pylist() == [MOBILE, None, "13900000004", MOBILE]
        assert len(hashed) == 2

    def test_nothing_in_gives_nothing(self):
        assert phone_ids(pa.array([], pa.string()), KEY).to_pylist() == []
        assert phone_ids(pa.nulls(2), KEY).to_pylist() == [None, None]

    @given(st.integers(3, 9), st.integers(0, 10**9 - 1), st.sampled_from(["", "+86", "0086 "]))
    def test_every_mobile_has_an_id(self, second, rest, prefix):
        mobile = f"1{second}{rest:09}"
        assert ids(prefix + mobile) == [KEY.phone_id(mobile)]
        assert KEY.phone_id(mobile) is not None

    @given(st.text(max_size=20))
    def test_no_text_breaks_it(self, text):
        (found,) = ids(text)
        assert found is None or len(found) == 64

    def test_another_digest_may_be_chosen(self, shop, monkeypatch):
        keys.register_digest("test", lambda key, message: "f" * 64)
        monkeypatch.setenv(keys.DIGEST_VARIABLE, "test")
        key = IdKey.load(shop.settings, shop.settings.brand())
        assert key.phone_id(MOBILE) == "f" * 64
        monkeypatch.setenv(keys.DIGEST_VARIABLE, "md5")
        with pytest.raises(SettingsError, match="'md5', which is no digest"):
            IdKey.load(shop.settings, shop.settings.brand())


class TestWhereTheKeyComesFrom:
    @pytest.fixture
    def load(self, shop):
        return lambda name="shop": IdKey.load(shop.settings, shop.settings.brand(name))

    def test_one_is_made_on_first_use_private_and_said_once(self, shop, load):
        first = load()
        path = shop.settings.data / "shop" / keys.KEY_FILE
        assert "Back it up" in first.notice
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert load() == IdKey(first.secret)
        assert load("other").secret != first.secret

    def test_hex_base64_and_a_passphrase(self, load, monkeypatch):
        monkeypatch.setenv(keys.KEY_VARIABLE, "00" * 32)
        assert load().secret == bytes(32)
        monkeypatch.setenv(keys.KEY_VARIABLE, "A" * 43 + "=")
        assert load().secret == bytes(32)
        monkeypatch.setenv(keys.KEY_VARIABLE, "correct horse battery")
        assert len(load("other").secret) == 32

    def test_a_short_one_is_refused_without_being_told(self, load, monkeypatch):
        monkeypatch.setenv(keys.KEY_VARIABLE, "hunter2")
        with pytest.raises(SettingsError, match="too short") as error:
            load()
        assert "hunter2" not in str(error.value)

    def test_from_a_file(self, load, monkeypatch, tmp_path):
        (tmp_path / "key").write_text("ab" * 32 + "\n")
        monkeypatch.setenv(keys.FILE_VARIABLE, str(tmp_path / "key"))
        assert load().secret == bytes.fromhex("ab" * 32)
        monkeypatch.setenv(keys.FILE_VARIABLE, str(tmp_path / "none"))
        with pytest.raises(SettingsError, match="cannot be read"):
            load()

    def test_another_key_is_refused(self, shop, load, monkeypatch):
        key = load()
        monkeypatch.setenv(keys.KEY_VARIABLE, "00" * 32)
        with pytest.raises(IntakeError, match=f"made with the key {key.id}"):
            load()

    def test_it_shows_itself_by_its_id_only(self, load):
        key = load()
        assert key.secret.hex() not in f"{key!r} {key.id}"
        assert str(key.secret) not in repr(key)
