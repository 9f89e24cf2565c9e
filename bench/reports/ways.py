"""Ways of printing the same reports, each in a process of its own: `python -m bench.reports.ways WAY COUNT`."""

from __future__ import annotations

import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from bench.measure import cost_of, print_cost
from bench.reports.content import jobs, pages, results

WORKERS = 2
_EVERY_S = 0.1


def plain_loop(count: int, folder: Path) -> Callable[[], object]:
    """The loop that anybody would write: tables find their widths themselves, as they do unless told otherwise."""
    return _looped([page.replace("table-layout: fixed;", "") for page in pages(results(), count, folder)])


def plain_loop_fixed(count: int, folder: Path) -> Callable[[], object]:
    """The same loop over pages whose tables already have the product's fixed columns."""
    return _looped(pages(results(), count, folder))


def _looped(documents: list[str]) -> Callable[[], object]:
    from weasyprint import HTML

    HTML(string=documents[0]).write_pdf()
    return lambda: sum(bool(HTML(string=document).write_pdf()) for document in documents)


def product(count: int, folder: Path) -> Callable[[], object]:
    """As the product does it, on `WORKERS` processes, start of the server included.

    Gives [reports made, peak resident MB of any of its processes in the first quarter, the same in the last quarter].
    """
    from report_templates.printers import print_documents

    source = results()

    def run() -> object:
        made, peaks, done = 0, [0.0, 0.0, 0.0, 0.0], threading.Event()

        def watch() -> None:
            while not done.wait(_EVERY_S):
                quarter = min(4 * made // count, 3)
                peaks[quarter] = max(peaks[quarter], _largest_below())

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        for report in print_documents(jobs(source, count, folder), None, WORKERS):
            made += report.pages > 0
            report.path.unlink()
        done.set()
        watcher.join()
        return [made, round(peaks[0]), round(peaks[3])]

    return run


def _largest_below() -> float:
    """Resident MB of the largest process among this one's descendants."""
    parents, sizes = dict[int, int](), dict[int, float]()
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(entry.name)], sizes[int(entry.name)] = int(fields[1]), int(fields[21]) * 4096 / 2**20
    below = {int(Path("/proc/self").readlink().name)}
    for _ in range(4):
        below |= {pid for pid, parent in parents.items() if parent in below}
    return max((sizes[pid] for pid in below if pid != int(Path("/proc/self").readlink().name)), default=0.0)


WAYS: dict[str, Callable[[int, Path], Callable[[], object]]] = {
    "plain": plain_loop,
    "fixed": plain_loop_fixed,
    "product": product,
}

if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="parkeval-bench-") as name:
        print_cost(cost_of(WAYS[sys.argv[1]](int(sys.argv[2]), Path(name))))
