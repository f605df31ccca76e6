"""Each test shares one execution of its notebook: a kernel takes seconds to start."""

import gc
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from insights.runs import kernel
from insights.runs.execute import execute
from tests.runs.conftest import ANSWER, notebook

GIVEN = {"as_of": "2017-11-30", "lang": "en", "min_customers": 20}
CASES = {
    "good": ("import os, sys\nassert as_of == '2017-11-30'\n'ran'", ANSWER, "min_customers"),
    "where": ("import os\nopen('here.txt', 'w').write(os.environ['INSIGHTS_RUN'] + lang)",),
    "raises": ("1", "1 / 0", "2", "3"),
    "sys.exit": ("import sys; sys.exit(0)", "2"),
    "exit": ("exit()", "2"),
    "killed": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "2"),
    "full": ("raise OSError(28, 'No space left on device')", "2"),
    "shown": (
        "class Wrong:\n    def _repr_mimebundle_(self, **_):\n        raise ValueError('false')",
        "Wrong()",
    ),
}


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Run every case, two at a time, each in a folder of its own."""

    def run(name):
        folder = tmp_path_factory.mktemp(name)
        told = []
        found = execute(
            notebook(*CASES[name]),
            GIVEN,
            folder=folder,
            environment=kernel.environment(folder, folder, folder.parent),
            progress=lambda *step: told.append(step),
        )
        return name, (found, folder, told)

    with ThreadPoolExecutor(2) as pool:
        return dict(pool.map(run, CASES))


class TestExecute:
    def test_a_notebook_that_ran_to_its_end_has_no_error(self, ran):
        found, _, _ = ran["good"]
        assert (found.error, found.traceback) == ("", "")
        assert found.notebook.cells[-1].outputs[0]["data"]["text/plain"] == "20"

    def test_a_full_disk_is_no_fault_of_the_notebook(self, ran):
        assert ran["full"][0].cause == "infrastructure"

    def test_each_cell_has_its_time_and_heading(self, ran):
        cells = ran["good"][0].cells
        assert [cell["ok"] for cell in cells] == [True] * 5
        assert all(cell["seconds"] > 0 for cell in cells)
        assert [cell["heading"] for cell in cells] == ["Back?"] * 2 + ["Answer"] * 3

    def test_progress_is_told_cell_by_cell(self, ran):
        told = ran["good"][2]
        assert [done for done, _, heading in told if heading] == [0, 1, 2, 3, 4]
        assert told[-1] == (5, 5, "")

    def test_each_run_has_its_own_folder_and_context(self, ran):
        found, folder, _ = ran["where"]
        assert found.error == ""
        assert (folder / "here.txt").read_text() == f"{folder / 'context.json'}en"

    def test_nothing_of_the_kernel_is_left_in_the_folder(self, ran):
        assert [p.name for p in ran["good"][1].iterdir()] == ["kernel.log"]

    def test_no_machine_path_stays_in_the_executed_notebook(self, ran):
        assert str(ran["good"][1].parent) not in str(ran["good"][0].notebook)

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("raises", "ZeroDivisionError: division by zero (code cell 4 of 6 under 'Answer')"),
            ("sys.exit", "A cell ended the notebook"),
            ("exit", "A cell ended the notebook"),
            ("killed", "The kernel died of signal SIGKILL"),
            ("shown", "ValueError: false"),
        ],
    )
    def test_a_notebook_that_did_not_is_told_truthfully(self, ran, name, said):
        assert ran[name][0].error.startswith(said)

    def test_cells_that_did_not_run_are_named(self, ran):
        assert "Not run: code cells 5, 6." in ran["raises"][0].traceback
        assert [cell["ok"] for cell in ran["killed"][0].cells] == [True, True, False, False]

    def test_the_partial_notebook_holds_the_error_and_no_banner_of_papermill(self, ran):
        cells = ran["raises"][0].notebook.cells
        assert any(o.output_type == "error" for cell in cells for o in cell.get("outputs", ()))
        assert "papermill-error" not in str(cells)

    def test_a_traceback_has_no_terminal_colours(self, ran):
        assert "\x1b" not in ran["raises"][0].traceback


class TestEndAll:
    def test_an_interrupted_runner_leaves_no_kernel(self, tmp_path):
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(
                execute,
                notebook("import time; time.sleep(600)"),
                GIVEN,
                folder=tmp_path,
                environment=kernel.environment(tmp_path, tmp_path, tmp_path),
                progress=lambda *_: threading.Timer(0.2, kernel.end_all).start(),
            )
            assert running.result().error.startswith("The run was interrupted")
        assert kernel._running == set()


class TestSockets:
    """A socket's address is short, and the name of a temporary folder may be long."""

    @pytest.fixture
    def far(self, tmp_path, monkeypatch):
        folder = tmp_path / ("x" * 50) / ("y" * 50)
        folder.mkdir(parents=True)
        monkeypatch.setattr("tempfile.tempdir", str(folder))

    @staticmethod
    def run(folder):
        environment = kernel.environment(folder, folder, folder.parent)
        return execute(notebook("1", ANSWER), GIVEN, folder=folder, environment=environment)

    def test_a_long_name_is_no_hindrance(self, far, tmp_path):
        assert self.run(tmp_path).error == ""

    def test_where_all_are_long_the_run_ends_and_leaves_nothing_to_wait_for(
        self, far, tmp_path, monkeypatch
    ):
        monkeypatch.setattr(kernel, "PLACE_BYTES", 10_000)
        assert "File name too long" in self.run(tmp_path).error
        # A context that still had sockets would be waited for here, for ever.
        collecting = threading.Thread(target=gc.collect, daemon=True)
        collecting.start()
        collecting.join(30)
        assert not collecting.is_alive()
