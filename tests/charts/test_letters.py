import re

from insights.charts import theme
from insights.charts.letters import letters_once
from insights.charts.svg import figure_svg


def figure(label):
    axes = theme.new_axes()
    axes.plot([1, 2, 3], [0.1, 0.3, 0.2])
    axes.set_xlabel(label)
    return figure_svg(axes)


PAGE = figure("首购月份") + "<p>between</p>" + figure("月份, 2026")


def drawn(page):
    """Return the outline that each use shows, in the page's order."""
    outlines = dict(re.findall(r'<path id="([^"]+)" d="([^"]*)" transform=', page))
    return [
        outlines[name] for name in re.findall(r'<use href="#([^"]+)"', page) if name in outlines
    ]


def test_every_letter_is_drawn_as_before():
    assert drawn(letters_once(PAGE)) == drawn(PAGE)


def test_no_outline_stands_twice():
    outlines = re.findall(r'<path id="[^"]+" d="([^"]*)"', letters_once(PAGE))
    assert len(outlines) == len(set(outlines))
    assert len(re.findall(r'<path id="[^"]+" d="([^"]*)"', PAGE)) > len(outlines)


def test_no_name_stands_twice():
    names = re.findall(r' id="([^"]+)"', letters_once(PAGE))
    assert len(names) == len(set(names))


def test_what_is_no_letter_stays():
    others = '<path id="c0ffee-1" d="m0 0h5" /><use href="#c0ffee-1"/><p>&lt;path id="c0ffee-2"</p>'
    assert letters_once(others) == others
