"""From a batch to its readers: once each, the right ones, and nothing lost on the way."""

import email
import json
import os
import socket
from email import policy

import pytest
from aiosmtpd.controller import Controller

from insights import cli
from insights.errors import SettingsError
from insights.runs import load_catalog, making, plan, run_reports
from insights.runs.notify import deliver, deliver_test, delivery
from insights.runs.notify.outbox import TRIES, Outbox
from insights.runs.notify.wecom import Robot
from insights.runs.shelf import Shelf
from insights.settings import Settings
from tests.runs import fakes
from tests.runs.conftest import notebook, workspace

# apprise loads all its plugins at once, and one of them imports what Python 3.13 leaves out.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

NOTIFY = """
[notify.to.readers]
send = "wecom"
lang = "zh-CN"
[notify.to.owners]
send = "wecom"
secret = "OWNERS"
lang = "en"
"""


@pytest.fixture
def shop(tmp_path, monkeypatch, robot, clock):
    """A workspace whose two reports have readers and owners in WeCom."""
    fakes.install("page", monkeypatch.setattr)
    monkeypatch.setattr(delivery, "first_screen", lambda _page: b"\x89PNG....")
    patient = lambda secret: Robot(secret, sleep=clock.sleep, clock=clock)  # noqa: E731
    monkeypatch.setattr(delivery, "Robot", patient)
    monkeypatch.setenv("INSIGHTS_NOTIFY_READERS", robot.address)
    monkeypatch.setenv("OWNERS", robot.address)
    return with_notify(tmp_path, NOTIFY)


def with_notify(folder, notify: str, success="readers", failure="owners") -> Settings:
    settings = workspace(folder, cohort=notebook(), churn=notebook())
    toml = folder / "insights.toml"
    toml.write_text(toml.read_text() + notify)
    path = settings.notebooks / "catalog.toml"
    hears = f'main = true\nnotify = {{ success = ["{success}"], failure = ["{failure}"] }}'
    path.write_text(path.read_text().replace("main = true", hears))
    return Settings.load(folder)


def made(settings, *names, **asked):
    catalog = load_catalog(settings)
    specs = [plan(settings, catalog, name) for name in names or ("cohort", "churn")]
    return run_reports(settings, specs, notify=True, **asked)


def ledger(settings):
    return Shelf(settings).ledger


def kinds(robot) -> list[str]:
    return [message["msgtype"] for message in robot.messages]


class TestBatch:
    def test_one_digest_a_batch_with_pictures_and_files_before_it(self, shop, robot):
        made(shop)
        (told,) = deliver(shop, ledger(shop))
        assert kinds(robot) == ["image", "image", "file", "file", "markdown"]
        assert told.text.startswith("## 新报告2份")
        assert told.text.count("报告文件已随消息发送。") == 2
        assert [name for name, _ in robot.files.values()] == told.files
        assert told.files[1] == "cohort The Shop 2017-12-31.html"
        assert robot.files["m1"][1] == fakes.pages("page")["index.html"]

    def test_with_an_address_links_go_instead_of_files(self, shop, robot):
        linked = shop.notify.model_copy(update={"base_url": "https://bi.example.com"})
        settings = shop.model_copy(update={"notify": linked})
        made(settings)
        (told,) = deliver(settings, ledger(settings))
        assert (kinds(robot), told.files) == (["image", "image", "markdown"], [])
        assert "(https://bi.example.com/shop/churn/2017-12-31/default/index.html)" in told.text

    def test_what_was_told_is_not_told_again_and_a_skipped_report_is_no_news(self, shop, robot):
        made(shop)
        assert len(deliver(shop, ledger(shop))) == 1
        assert [record.status for record in made(shop)] == ["skipped"] * 2
        assert deliver(shop, ledger(shop)) == []
        assert kinds(robot).count("markdown") == 1

    def test_failures_go_to_owners_and_successes_to_readers(self, shop, robot, monkeypatch):
        whole = making._pages
        monkeypatch.setattr(making, "_pages", lambda _: 1 / 0)
        made(shop, "cohort")
        monkeypatch.setattr(making, "_pages", whole)
        made(shop, "churn")
        told = {one.recipient: one for one in deliver(shop, ledger(shop))}
        assert "ZeroDivisionError: division by zero" in told["owners"].text
        assert "cohort" not in told["readers"].text
        assert "churn" not in told["owners"].text

    def test_the_same_failure_is_told_once_a_day_and_another_at_once(self, shop, monkeypatch):
        monkeypatch.setattr(making, "_pages", lambda _: 1 / 0)
        for _ in range(3):
            made(shop, "cohort")
            told = deliver(shop, ledger(shop))
        assert told == []
        monkeypatch.setattr(making, "_pages", lambda _: {}["x"])
        made(shop, "cohort")
        assert "KeyError" in deliver(shop, ledger(shop))[0].text

    def test_a_failure_that_a_further_try_mended_is_nobodys_news(self, shop, robot, monkeypatch):
        whole, tries = making._pages, []

        def full(given):
            tries.append(1)
            if len(tries) == 1:
                raise OSError(28, "No space left on device")
            return whole(given)

        monkeypatch.setattr(making, "_pages", full)
        assert [record.status for record in made(shop, "cohort")] == ["published"]
        assert [one.recipient for one in deliver(shop, ledger(shop))] == ["readers"]

    def test_a_failure_by_hand_hides_none_that_is_to_be_told(self, shop, monkeypatch):
        monkeypatch.setattr(making, "_pages", lambda _: 1 / 0)
        made(shop, "cohort")
        run_reports(shop, [plan(shop, load_catalog(shop), "cohort")], force=True)
        (told,) = deliver(shop, ledger(shop))
        assert told.recipient == "owners"
        assert deliver(shop, ledger(shop)) == []

    def test_without_asking_nobody_is_told(self, shop):
        run_reports(shop, [plan(shop, load_catalog(shop), "cohort")])
        assert deliver(shop, ledger(shop)) == []


class TestTrouble:
    def test_an_outage_loses_nothing(self, shop, robot):
        made(shop, "cohort")
        robot.down = 99
        (told,) = deliver(shop, ledger(shop))
        assert (told.sent, "could not be reached" in told.error) == (False, True)
        robot.down = 0
        made(shop, "churn")
        (told,) = deliver(shop, ledger(shop))
        assert (told.sent, len(told.runs)) == (True, 2)

    def test_a_recipient_without_address_keeps_nobody_else_from_hearing(
        self, shop, robot, monkeypatch
    ):
        monkeypatch.delenv("OWNERS")
        whole = making._pages
        monkeypatch.setattr(making, "_pages", lambda _: 1 / 0)
        made(shop, "cohort")
        monkeypatch.setattr(making, "_pages", whole)
        made(shop, "churn")
        told = {one.recipient: one for one in deliver(shop, ledger(shop))}
        assert told["readers"].sent
        assert "$OWNERS is not set" in told["owners"].error

    def test_a_file_that_was_lost_is_not_announced_as_sent(self, shop, robot, monkeypatch):
        monkeypatch.setattr("tests.notify.robot.Handler.uploaded", lambda *_: {"errcode": 40006})
        made(shop, "cohort")
        (told,) = deliver(shop, ledger(shop))
        assert (told.sent, told.files) == (True, [])
        assert "40006" in told.error
        assert "报告存放在生成它的服务器上" in told.text

    def test_a_runner_killed_before_it_told_is_made_up_for_by_the_next(self, shop, robot):
        spec = plan(shop, load_catalog(shop), "cohort")
        with pytest.raises(KeyboardInterrupt):
            run_reports(shop, [spec], notify=True, executor=Killed())
        assert deliver(shop, ledger(shop))[0].recipient == "owners"

    def test_after_many_tries_nobody_waits_any_more(self, shop, monkeypatch):
        made(shop, "cohort")
        monkeypatch.delenv("INSIGHTS_NOTIFY_READERS")
        told = [deliver(shop, ledger(shop)) for _ in range(TRIES + 1)]
        assert [len(one) for one in told] == [1] * TRIES + [0]
        assert Outbox(ledger(shop)).waiting() == {}

    def test_a_run_at_work_waits(self, shop):
        (record,) = made(shop, "cohort")
        ledger(shop).write(record.but(status="running"))
        assert deliver(shop, ledger(shop)) == []
        ledger(shop).write(record)
        assert len(deliver(shop, ledger(shop))) == 1


class Killed:
    workers = 1

    def make(self, *_):
        raise KeyboardInterrupt

    def interrupt(self):
        """Nothing runs."""


class TestDry:
    def test_it_says_what_would_go_and_sends_and_notes_nothing(self, shop, robot, monkeypatch):
        made(shop)
        monkeypatch.delenv("INSIGHTS_NOTIFY_READERS")  # Not even the address is needed.
        (said,) = deliver(shop, ledger(shop), dry=True)
        assert (said.sent, said.error, robot.messages) == (False, "", [])
        assert said.text.startswith("## 新报告2份")
        monkeypatch.setenv("INSIGHTS_NOTIFY_READERS", robot.address)
        assert deliver(shop, ledger(shop))[0].sent


class TestTest:
    def test_a_greeting_arrives(self, shop, robot):
        deliver_test(shop, "readers")
        assert robot.messages[0]["markdown"]["content"] == "## 报告发布后会在这里通知。"

    def test_an_unknown_recipient_is_refused_with_the_nearest(self, shop):
        with pytest.raises(SettingsError, match="Did you mean 'readers'"):
            deliver_test(shop, "reader")


class Inbox:
    """What an SMTP server on loopback took."""

    def __init__(self):
        self.mails = []
        self.refusing = 0

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        if self.refusing:
            self.refusing -= 1
            return "451 try again later"
        self.mails.append(email.message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@pytest.fixture
def mail(monkeypatch):
    inbox = Inbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    address = f"mailto://127.0.0.1:{port}?from=bi@example.com&to=team@example.com&mode=insecure"
    monkeypatch.setenv("INSIGHTS_NOTIFY_TEAM", address)
    yield inbox
    controller.stop()


class TestMail:
    """Real SMTP, through apprise."""

    @pytest.fixture
    def office(self, tmp_path, monkeypatch, mail):
        fakes.install("page", monkeypatch.setattr)
        monkeypatch.setattr("insights.runs.notify.post.time.sleep", lambda _seconds: None)
        notify = '[notify.to.team]\nsend = "apprise"\nlang = "zh-CN"\n'
        return with_notify(tmp_path, notify, "team", "team")

    def test_one_mail_a_batch_with_the_pages_as_files(self, office, mail):
        made(office)
        (told,) = deliver(office, ledger(office))
        assert (told.sent, told.error) == (True, "")
        (one,) = mail.mails
        assert (one["subject"], one["to"]) == ("新报告2份", "team@example.com")
        body = one.get_body(("html", "plain")).get_content()
        assert "It holds." in body
        assert "报告文件已随消息发送。" in body
        files = {part.get_filename(): part.get_content() for part in one.iter_attachments()}
        assert sorted(files) == sorted(told.files)
        content = files["cohort The Shop 2017-12-31.html"]
        whole = content.encode() if isinstance(content, str) else content
        assert whole.replace(b"\r\n", b"\n").strip() == fakes.pages("page")["index.html"].strip()

    def test_a_server_that_wants_it_later_gets_it_later(self, office, mail):
        mail.refusing = 99
        made(office)
        assert not deliver(office, ledger(office))[0].sent
        mail.refusing = 0
        assert deliver(office, ledger(office))[0].sent
        assert len(mail.mails) == 1

    def test_an_address_that_apprise_cannot_read_is_not_repeated(self, office, monkeypatch):
        monkeypatch.setenv("INSIGHTS_NOTIFY_TEAM", "nothing://hush@host")
        made(office)
        (told,) = deliver(office, ledger(office))
        assert "apprise cannot read the address" in told.error
        assert "hush" not in told.error


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("dingtalk://abcdefabcdefabcdef?format=markdown", "oapi.dingtalk.com"),
        ("feishu://abcdefabcdefabcdef", "open.feishu.cn"),
    ],
)
def test_dingtalk_and_feishu_are_told_through_apprise(tmp_path, monkeypatch, address, host):
    requests = pytest.importorskip("requests", reason="apprise sends through it")

    asked = []

    def post(url, data=None, **_):
        asked.append((url, json.loads(data)))
        answer = requests.Response()
        answer.status_code = 200
        answer._content = b'{"errcode": 0, "code": 0, "StatusCode": 0}'
        return answer

    fakes.install("page", monkeypatch.setattr)
    monkeypatch.setattr(requests, "post", post)
    monkeypatch.setenv("INSIGHTS_NOTIFY_TEAM", address)
    notify = '[notify.to.team]\nsend = "apprise"\nlang = "zh-CN"\n'
    settings = with_notify(tmp_path, notify, "team", "team")
    made(settings, "cohort")
    (told,) = deliver(settings, ledger(settings))
    assert told.sent
    ((url, payload),) = asked
    assert host in url
    assert "新报告1份" in json.dumps(payload, ensure_ascii=False)
    assert "It holds." in json.dumps(payload, ensure_ascii=False)


class TestCommand:
    @pytest.fixture
    def insights(self, shop, capsys, monkeypatch):
        monkeypatch.setenv("INSIGHTS_WORKSPACE", str(shop.root))

        def run(*arguments):
            with pytest.raises(SystemExit) as ended:
                cli.main(arguments)
            said = capsys.readouterr()
            return ended.value.code or 0, said.out, said.err

        return run

    def test_due_tells_by_itself_and_a_run_by_hand_does_not(self, insights, shop, robot):
        assert "told" not in insights("run", "cohort")[1]
        assert robot.messages == []
        path = shop.notebooks / "catalog.toml"
        path.write_text(path.read_text() + '\nschedule = { cron = "0 7 * * *" }\n')
        asked = ("run", "--due", "--since", "2017-12-30", "--until", "2017-12-30")
        assert "told readers of 1 reports" in insights(*asked)[1]
        assert kinds(robot)[-1] == "markdown"

    def test_a_failure_by_hand_that_holds_a_due_page_up_is_told_once_by_the_clock(
        self, insights, shop, robot, monkeypatch
    ):
        path = shop.notebooks / "catalog.toml"
        path.write_text(path.read_text() + '\nschedule = { cron = "0 7 * * *" }\n')
        whole = making._pages
        monkeypatch.setattr(making, "_pages", lambda _: 1 / 0)
        by_hand = ("run", "churn", "--as-of", "2017-12-29")
        assert insights(*by_hand)[0] == 1
        assert insights("notify")[1] == "Nothing is to be told.\n"
        asked = ("run", "--due", "--since", "2017-12-30", "--until", "2017-12-30")
        _code, said, _ = insights(*asked)
        assert "waits for a change: it failed" in said
        assert "told owners of 1 reports" in said
        assert "ZeroDivisionError" in robot.messages[-1]["markdown"]["content"]
        assert "told owners" not in insights(*asked)[1]
        monkeypatch.setattr(making, "_pages", whole)
        insights(*by_hand)
        assert "told owners" not in insights(*asked)[1]

    def test_a_dry_run_prints_the_message(self, insights, robot):
        assert insights("notify")[1] == "Nothing is to be told.\n"
        insights("run", "cohort", "--notify", "--json")
        insights("run", "churn", "--no-notify")
        assert robot.messages
        assert os.environ["OWNERS"]
        assert insights("notify", "--dry-run")[1] == "Nothing is to be told.\n"
        assert insights("notify", "--test", "owners")[1] == "told owners of 0 reports\n"


def test_a_catalog_that_names_nobody_known_is_refused(tmp_path):
    settings = with_notify(tmp_path, '[notify.to.reader]\nsend = "wecom"\n')
    with pytest.raises(SettingsError, match=r"no \[notify.to.readers\] Did you mean 'reader'"):
        load_catalog(settings)
