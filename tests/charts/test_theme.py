"""The theme holds while something is drawn, and leaves the notebook as it found it."""

import matplotlib as mpl

from insights.charts import theme


def test_a_notebooks_figures_are_still_shown_after_the_first():
    """Its backend comes up with the first figure, inside the theme, and says it is interactive."""
    mpl.interactive(False)
    try:
        with theme.applied():
            mpl.interactive(True)  # As the inline backend does when it is loaded.
        assert mpl.is_interactive()
    finally:
        mpl.interactive(False)
