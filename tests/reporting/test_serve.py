import threading
from http.client import HTTPConnection

import pytest

from insights.reporting.serve import server


@pytest.fixture
def fetch(tmp_path):
    """A served folder; returns (status, body, headers) of a path."""
    reports = tmp_path / "reports"
    (reports / "runs" / "r1").mkdir(parents=True)
    (reports / "brand").mkdir()
    (reports / "index.html").write_text("the index")
    (reports / "brand" / "page.html").write_text("a page")
    (reports / "brand" / "failure.html").write_text("why")
    (reports / "runs" / "ledger.sqlite").write_text("rows")
    (reports / "runs" / "r1" / "executed.ipynb").write_text("cells")
    (reports / "runs" / "r1" / "failure.html").write_text("why")
    (reports / ".draft").write_text("half")
    (tmp_path / "insights.toml").write_text("settings")
    with server(reports) as shown:
        thread = threading.Thread(target=shown.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()

        def get(path, method="GET", host="127.0.0.1"):
            connection = HTTPConnection(*shown.server_address, timeout=5)
            connection.request(method, path, headers={"Host": host})
            answer = connection.getresponse()
            body = answer.read().decode()
            connection.close()
            return answer.status, body, answer.headers

        yield get
        shown.shutdown()
        thread.join()


class TestServe:
    def test_it_listens_on_this_machine_only(self, tmp_path):
        with server(tmp_path) as shown:
            assert shown.server_address[0] == "127.0.0.1"

    @pytest.mark.parametrize(
        ("path", "said"),
        [("/", "the index"), ("/brand/page.html", "a page"), ("/brand/failure.html", "why")],
    )
    def test_pages_and_failures_are_shown(self, fetch, path, said):
        assert fetch(path)[:2] == (200, said)

    @pytest.mark.parametrize(
        "path",
        [
            "/brand/",
            "/runs/",
            "/runs/ledger.sqlite",
            "/runs/r1/executed.ipynb",
            "/runs/r1/failure.html",
            "/.draft",
            "/../insights.toml",
            "/%2e%2e/insights.toml",
            "/brand/..%2f..%2finsights.toml",
            "/nothing.html",
        ],
    )
    def test_nothing_else_is(self, fetch, path):
        status, body, _ = fetch(path)
        assert status == 404
        assert "settings" not in body

    @pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8765", "127.0.0.1:8765"])
    def test_it_answers_to_the_names_of_this_machine(self, fetch, host):
        assert fetch("/", host=host)[0] == 200

    @pytest.mark.parametrize("host", ["reports.example.com", "127.0.0.1.example.com:80", ""])
    def test_it_answers_to_no_other_name(self, fetch, host):
        status, body, _ = fetch("/", host=host)
        assert status == 421
        assert "the index" not in body

    def test_a_browser_is_told_not_to_guess_or_tell(self, fetch):
        headers = fetch("/")[2]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"

    def test_it_only_gives(self, fetch):
        assert fetch("/brand/page.html", "PUT")[0] == 501
