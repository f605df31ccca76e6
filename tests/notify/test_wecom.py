"""The sender keeps to what the robot takes, and says what it did not take."""

import pytest

from insights.errors import SettingsError
from insights.runs.notify.digest import cut
from insights.runs.notify.wecom import FILE_BYTES, PICTURE_BYTES, NotSent, Robot
from tests.notify.robot import KEY


@pytest.fixture
def sender(robot, clock):
    return Robot(robot.address, sleep=clock.sleep, clock=clock)


class TestMessages:
    def test_markdown_of_exactly_4096_bytes_goes(self, robot, sender):
        text = cut("客" * 2000, 4096)
        assert len(text.encode()) <= 4096 < len(text.encode()) + 3
        sender.markdown(text)
        (message,) = robot.messages
        assert message == {"msgtype": "markdown", "markdown": {"content": text}}

    def test_a_longer_one_is_refused_before_it_is_sent(self, robot, sender):
        with pytest.raises(NotSent, match="longer than 4,096 bytes"):
            sender.markdown("客" * 1366)
        assert (robot.messages, robot.refused) == ([], [])

    def test_a_picture_goes_with_its_sum_and_a_large_one_not(self, robot, sender):
        sender.picture(b"\x89PNG" + bytes(PICTURE_BYTES - 4))
        assert robot.messages[0]["msgtype"] == "image"
        with pytest.raises(NotSent, match="larger than 2 MB"):
            sender.picture(bytes(PICTURE_BYTES + 1))

    def test_a_file_is_uploaded_whole_under_its_name(self, robot, sender):
        content = b"<!doctype html>\r\n--\r\n" * 9
        sender.file('客户还会回来吗 "x".html', content)
        assert robot.files["m0"] == ("客户还会回来吗 'x'.html", content)
        assert robot.messages == [{"msgtype": "file", "file": {"media_id": "m0"}}]

    @pytest.mark.parametrize("size", [4, FILE_BYTES + 1])
    def test_a_file_that_the_robot_does_not_take_is_not_sent(self, robot, sender, size):
        with pytest.raises(NotSent, match="between 5 bytes and 20 MB"):
            sender.file("x.html", bytes(size))
        assert robot.files == {}


class TestLimit:
    def test_the_21st_message_waits_for_its_minute(self, robot, sender, clock):
        for number in range(45):
            sender.markdown(str(number))
        assert [m["markdown"]["content"] for m in robot.messages] == [str(n) for n in range(45)]
        assert robot.refused == []
        assert clock.slept == [60.0, 60.0]

    def test_where_others_used_the_minute_up_it_waits_and_tries_again(self, robot, sender, clock):
        robot.moments.extend([clock.now] * 20)
        sender.markdown("x")
        assert (len(robot.messages), robot.refused) == (1, [45009])


class TestTrouble:
    def test_an_outage_of_a_moment_is_outlasted(self, robot, sender, clock):
        robot.down = 2
        sender.markdown("x")
        assert (len(robot.messages), clock.slept) == (1, [2.0, 4.0])

    def test_a_longer_one_is_said_and_may_be_tried_later(self, robot, sender):
        robot.down = 99
        with pytest.raises(NotSent, match="could not be reached: HTTP 503") as error:
            sender.markdown("x")
        assert error.value.again

    def test_nobody_at_the_address_is_said_without_the_key(self, clock):
        sender = Robot(f"http://127.0.0.1:9/cgi-bin/webhook/send?key={KEY}", sleep=clock.sleep)
        with pytest.raises(NotSent, match="could not be reached") as error:
            sender.markdown("x")
        assert KEY not in str(error.value)

    def test_a_wrong_key_is_not_tried_again_and_not_repeated(self, robot, clock):
        wrong = robot.address.replace(KEY, "wrong-key-of-somebody")
        with pytest.raises(NotSent, match="93000") as error:
            Robot(wrong, sleep=clock.sleep).markdown("x")
        assert (robot.refused, clock.slept, error.value.again) == ([93000], [], False)
        assert "wrong-key" not in str(error.value)

    @pytest.mark.parametrize(
        "secret",
        [
            "",
            "two words",
            "http://example.com/send?key=x",
            "https://example.com/send",
            "ftp://x?key=y",
        ],
    )
    def test_what_is_no_key_and_no_safe_address_is_refused_without_repeating_it(self, secret):
        with pytest.raises(SettingsError, match="needs its key") as error:
            Robot(secret)
        assert not secret or secret not in str(error.value)
