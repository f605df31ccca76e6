"""Each refusal is proven with a page that must be refused."""

import base64
from urllib.parse import quote

import pytest

from insights.errors import GateRefused
from insights.reporting.datafile import data_uri
from insights.reporting.gate import check, refuse_if_harmful, refuse_if_wrong
from insights.reporting.personal import is_id_card, named_columns, personal, redacted

POLICY = '<meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;">'
CHART = (
    '<figure><div role="img" aria-label="Line chart: repurchase falls with age.">'
    '<svg class="chart" data-marks="12"><path d="M0 0L1 1"/></svg></div></figure>'
)


def page(body: str, head: str = POLICY) -> str:
    return f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>"


def kinds(body: str) -> set[str]:
    return {problem.kind for problem in check(page(body))}


def test_a_good_page_passes():
    assert check(page(f"<h1>18.4% came back</h1>{CHART}<p>None of them left.</p>")) == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        # A crash.
        ("<p>Traceback (most recent call last)</p>", "traceback"),
        ("<pre>Traceback (most recent call last): boom</pre>", "traceback"),
        ('<pre class="error">ValueError: bad</pre>', "traceback"),
        # A number that is none.
        ("<p>nan% came back</p>", "not a number"),
        ("<td>NaN</td>", "not a number"),
        ("<td>NaT</td>", "not a number"),
        ("<td>&lt;NA&gt;</td>", "not a number"),
        ("<p>rose by inf</p>", "not a number"),
        ("<p>-inf points</p>", "not a number"),
        ("<p>¥nan</p>", "not a number"),
        ('<p><a aria-label="share: nan%" href="#x">x</a></p>', "not a number"),
        ("<p>复购率为nan，</p>", "not a number"),
        ("<p>nan个</p>", "not a number"),
        ("<p>约nan万</p>", "not a number"),
        ("<p>环比-inf。</p>", "not a number"),
        ("<p>It rose by nan.</p>", "not a number"),
        ("<td>None</td>", "not a value"),
        ("<p>None%</p>", "not a value"),
        ("<p>¥None</p>", "not a value"),
        ("<p>None，</p>", "not a value"),
        ("<p>共None位</p>", "not a value"),
        ("<p>共 None 位</p>", "not a value"),
        ("<p>复购率为 None.</p>", "not a value"),
        # So few people that they could be told who they are.
        ('<td class="n few">7</td>', "small cell"),
        # A chart that is not there.
        ("<figure></figure>", "missing chart"),
        ("<figure><figcaption>Repurchase</figcaption></figure>", "missing chart"),
        ('<figure><img alt="Bars: net sales by channel" src=""></figure>', "missing chart"),
        (CHART.replace('data-marks="12"', 'data-marks="0"'), "empty chart"),
        (CHART.replace(' data-marks="12"', ""), "empty chart"),
        (CHART.replace("<svg ", '<svg data-missing="U+1F525" '), "missing glyph"),
        # A picture that nobody described.
        (CHART.replace("Line chart: repurchase falls with age.", ""), "placeholder alt text"),
        (CHART.replace("Line chart: repurchase falls with age.", "Chart"), "placeholder alt text"),
        (
            '<img alt="No description has been provided for this image"'
            ' src="data:image/png;base64,AA">',
            "placeholder alt text",
        ),
        ('<img src="data:image/png;base64,AA">', "placeholder alt text"),
        *(
            (f'<img alt="{alt}" src="data:image/png;base64,AA">', "placeholder alt text")
            for alt in ("图1", "Bar chart", "Line chart.", "折线图", "图：销售", "Chart of sales")
        ),
        # People.
        ("<p>Call 13800138000</p>", "personal data"),
        ("<p>电话：138-0013-8000。</p>", "personal data"),
        ("<p>+86 138 0013 8000</p>", "personal data"),
        ("<p>身份证11010519491231002X</p>", "personal data"),
        ("<p>wang.fang@example.com</p>", "personal data"),
        ("<table><tr><th>姓名</th></tr></table>", "personal data"),
        ("<table><tr><th>Full_Name</th></tr></table>", "personal data"),
        ("<table><tr><th><span>手机号</span></th></tr></table>", "personal data"),
        ("<p>１３８００１３８０００</p>", "personal data"),
        ("<table><tr><th>客户手机号</th></tr></table>", "personal data"),
        ("<table><tr><th>用户昵称</th></tr></table>", "personal data"),
        ("<table><tr><th>ｐｈｏｎｅ</th></tr></table>", "personal data"),
        # A way out.
        (
            '<img alt="Bars: net sales by channel" src="https://example.com/x.png">',
            "outside address",
        ),
        ('<a href="https://example.com">x</a>', "outside address"),
        ('<a href="//example.com">x</a>', "outside address"),
        ('<a href="\\\\example.com">x</a>', "outside address"),
        ('<a href=" javascript:alert(1)">x</a>', "outside address"),
        ('<a href="file:///etc/passwd">x</a>', "outside address"),
        ('<a href="data:text/html;base64,AA">x</a>', "outside address"),
        ('<link rel="stylesheet" href="a.css">', "outside address"),
        ('<iframe srcdoc="x"></iframe>', "outside address"),
        ('<form action="x"></form>', "outside address"),
        ("<base href='x'>", "outside address"),
        ('<meta http-equiv="refresh" content="0;url=x">', "outside address"),
        ("<style>@import 'x.css';</style>", "outside address"),
        ("<style>p{background:url(https://example.com)}</style>", "outside address"),
        ("<style>p{background:url( 'x.png')}</style>", "outside address"),
        ('<svg><use xlink:href="https://example.com#a"/></svg>', "outside address"),
        ('<svg><path fill="url(https://example.com#a)"/></svg>', "outside address"),
        ('<script src="https://example.com/x.js"></script>', "outside address"),
        # Scripts.
        ("<script></script>", "empty script"),
        ("<script> \n </script>", "empty script"),
        ('<p onclick="x()">x</p>', "script in an attribute"),
        ('<p style="color:red">x</p>', "style in an attribute"),
    ],
)
def test_a_page_that_must_be_refused(body, kind):
    assert kind in kinds(body)
    with pytest.raises(GateRefused, match=kind):
        refuse_if_wrong(page(body))


_PEOPLE = "\ufeff顾客,手机号\r\n1,13800138000\r\n"


@pytest.mark.parametrize(
    "address",
    [
        data_uri(_PEOPLE),
        "data:text/csv;base64," + base64.b64encode(_PEOPLE.encode()).decode(),
        "data:text/csv," + quote(_PEOPLE, safe=""),
    ],
)
def test_personal_data_inside_the_csv_of_a_page_is_found(address):
    found = check(page(f'<a download="x.csv" href="{address}">CSV</a>'))
    assert {str(problem) for problem in found} == {
        "personal data: 1 x mobile number",
        "personal data: a column called '手机号'",
    }


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ('{"model": [{"phone": 1}]}', "personal data: a column called 'phone'"),
        ('{"limits": ["ask 13900000021"]}', "personal data: 1 x mobile number"),
        ('{"auc": NaN}', "unreadable file: card.json: NaN is no number"),
        ('{"auc": ', "unreadable file: card.json: Expecting value"),
    ],
)
def test_a_json_file_beside_the_page_is_read_as_such(content, problem):
    (found,) = check(page(CHART), files={"card.json": content.encode()})
    assert str(found).startswith(problem)
    assert check(page(CHART), files={"card.json": b'{"alpha": -0.13900000021}'}) == []


def test_personal_data_in_the_json_inside_a_page_is_found():
    packed = base64.b64encode(b'{"Email": "x"}').decode()
    found = check(page(f'<a href="data:application/json;base64,{packed}">JSON</a>'))
    assert [str(problem) for problem in found] == ["personal data: a column called 'Email'"]


def test_personal_data_in_a_file_beside_the_page_is_found_wherever_it_stands():
    rows = [*(f'{n},"a, b"' for n in range(2500)), "2500,13800138000"]
    files = {
        "people.csv": "\r\n".join(["\ufeff顾客,备注", *rows]).encode(),
        "names.csv": '\ufeff"顾客, 编号",\'客户姓名\r\n1,x\r\n'.encode(),
    }
    assert {str(problem) for problem in check(page(CHART), files=files)} == {
        "personal data: 1 x mobile number",
        "personal data: a column called '客户姓名'",
    }
    with pytest.raises(GateRefused, match="personal data"):
        refuse_if_wrong(page(CHART), files=files)


class TestFailurePage:
    def test_what_is_merely_broken_may_be_looked_at(self):
        refuse_if_harmful(page("<pre>Traceback (most recent call last)</pre><figure></figure>"))

    @pytest.mark.parametrize(
        "body", ["<p>13800138000</p>", '<td class="few">7</td>', "<script src='//x'></script>"]
    )
    def test_what_would_harm_somebody_may_not(self, body):
        with pytest.raises(GateRefused):
            refuse_if_harmful(page(body))


def test_a_page_without_a_policy_is_refused():
    assert [p.kind for p in check("<p>x</p>")] == ["policy"]
    assert [p.kind for p in check(page("<p>x</p>", POLICY.replace("none", "self")))] == ["policy"]


def test_a_chart_that_was_expected_and_is_not_there_is_refused():
    assert check(page(CHART), expected_figures=1) == []
    (problem,) = check(page(CHART), expected_figures=2)
    assert str(problem) == "missing chart: 1 of 2 charts are there"


def test_the_refusal_never_repeats_the_person():
    with pytest.raises(GateRefused) as refused:
        refuse_if_wrong(page("<p>13800138000 wang@example.com</p>"))
    assert "138" not in str(refused.value)
    assert "wang" not in str(refused.value)


@pytest.mark.parametrize(
    "body",
    [
        "<p>None of the campaigns can be told apart.</p>",
        "<p>Finance, banana, information, Nana, Infinitive</p>",
        "<p>活动 None of the above 的效果</p><p>np.nan, nan.csv</p>",
        "<pre><code>x = float('nan'); print(None)</code></pre>",
        "<p>20260630</p><p>31198570044</p><p>load 20260701T021500</p>",
        "<p>7f3c13800138000a91</p>",
        "<p>0.13800138000</p>",
        "<p>110105194912310021</p>",
        "<table><tr><th>Campaign name</th><th>顾客编号</th><th>门店地址</th></tr></table>",
        '<a href="#top">top</a><a href="data.csv">csv</a><a href="./a/b.html">page</a>',
        '<figure><p class="empty">There are no rows to show.</p></figure>',
        '<svg class="spark" aria-hidden="true"><circle cx="1" cy="1" r="1"/></svg>',
    ],
)
def test_what_only_looks_wrong_passes(body):
    assert kinds(body) == set()


class TestPersonal:
    def test_an_id_card_needs_a_birthday_and_a_valid_end(self):
        assert is_id_card("11010519491231002X")
        assert not is_id_card("110105194912310021")
        assert not is_id_card("110105194913310029")

    def test_kinds_are_counted_once_each(self):
        assert personal("13800138000 13800138000 13900139000") == ["2 x mobile number"]

    def test_headings_are_compared_without_case_and_underscores(self):
        assert named_columns(["Phone_Number", "phones"]) == ["a column called 'Phone_Number'"]


class TestRedacted:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("KeyError: 13800138000", "KeyError: [mobile number]"),
            ("13800138000@mail.example", "[e-mail address]"),
            ("a@b.example13800138000", "[e-mail address][mobile number]"),
            ("\x1b[31m138-0013-8000\x1b[0m", "[mobile number]"),
            ("身份证１１０１０５１９４９１２３１００２Ｘ。", "身份证[id card number]。"),
        ],
    )
    def test_the_kind_stands_in_the_place_of_the_data(self, text, shown):
        assert redacted(text) == shown
        assert personal(redacted(text)) == []

    def test_other_text_is_left_as_it_is(self):
        text = "ValueError：第１行，110105194912310021"
        assert redacted(text) == text
