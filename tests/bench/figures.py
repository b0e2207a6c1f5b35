"""The figures of `make bench`, each a function from a bench to its line or lines."""

import asyncio
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from statistics import median
from threading import Event, Thread
from typing import Any
from uuid import UUID

import psutil

from tests.bench import register_figures
from tests.bench.bench import CONNECTIONS, Bench, batch_sizes
from tests.bench.claims import claim_rate
from tests.bench.comparison import Figure, by_turns
from tests.bench.fill import add_waiting, fill
from tests.bench.load import Load, run_load
from tests.bench.material import upload
from tests.bench.packets import AGENCY, make_packets
from tests.bench.pages import figures as page_figures
from tests.bench.processes import started
from tests.bench.rescreenings import rescreen
from tests.bench.screenings import Screenings
from tests.bench.service import Service, running_service
from tests.support.offices import key_of

_MB = 1024**2
_IN_NO_FILE = 17_000_000
_AS4_BAR, _CEILING_BAR, _CHAIN_BAR = 12.0, 0.6, 3.0
_DECAY_BAR, _GROWTH_BAR, _STORED_BAR = 0.95, 1.1, 0.9
_MATERIAL_BAR = 64.0
_EXPLAINED_BAR, _JUDGED_BAR = 5_000, 20_000


def intake_vs_as4(bench: Bench) -> Iterator[Figure]:
    """Process for process: one of ours against one of theirs; the detail has theirs on every core too."""
    with _service(bench) as service, bench.as4(1) as one, bench.as4(os.cpu_count() or 1) as many:
        ours = bench.intake(service.transfers_url)
        against_one, against_many = by_turns(bench.pace.turns, ours.rate, one.rate, many.rate)
    detail = against_one.detail() | {"as4_on_every_core": against_many.detail()}
    yield Figure("intake_vs_as4", against_one.ratio, _AS4_BAR, detail)


def intake_vs_ceiling(bench: Bench) -> Iterator[Figure]:
    with _service(bench) as service, bench.ceiling() as peer:
        ours, theirs = bench.intake(service.transfers_url), bench.intake(peer.url)
        (comparison,) = by_turns(bench.pace.turns, ours.rate, theirs.rate)
        last = ours.turn().summary()
        detail = comparison.detail() | {"ceiling_batches": batch_sizes(peer), "last_turn": last}
    yield Figure("intake_vs_ceiling", comparison.ratio, _CEILING_BAR, detail)


def end_to_end_vs_as4(bench: Bench) -> Iterator[Figure]:
    """From the post to the verified acknowledgement of every addressee, the sandbox on the same cores."""
    with ExitStack() as stack:
        addressees = stack.enter_context(
            started([sys.executable, "-m", "tests.bench.addressee_peer"])
        )
        service = stack.enter_context(
            _service(bench, role="all", addressees=addressees.said["urls"])
        )
        peer = stack.enter_context(bench.as4(1))
        ours = _Chain(bench, service)
        (comparison,) = by_turns(bench.pace.turns, ours.rate, peer.chain_rate)
    detail = comparison.detail() | {"packets_a_turn": bench.pace.chain_packets}
    yield Figure("end_to_end_vs_as4", comparison.ratio, _CHAIN_BAR, detail)


class _Chain:
    """Posts a number of packets and waits until every addressee has acknowledged each of them."""

    _DONE = "SELECT count(*) FROM transfers WHERE status = 'acknowledged'"
    _WITHIN = 300

    def __init__(self, bench: Bench, service: Service) -> None:
        self.bench, self.service = bench, service
        self.sent = 0

    def rate(self) -> float:
        count = self.bench.pace.chain_packets
        load = Load(
            self.service.transfers_url,
            self.bench.packets,
            CONNECTIONS,
            seconds=self._WITHIN,
            count=count,
            first=self.sent,
        )
        self.sent += count
        began = time.perf_counter()
        run_load(load)
        self._await_acknowledgements(began + self._WITHIN)
        return count / (time.perf_counter() - began)

    def _await_acknowledgements(self, until: float) -> None:
        while (done := self.service.scalar(self._DONE)) < self.sent:
            if time.perf_counter() > until:
                raise RuntimeError(f"{done} of {self.sent} transfers are acknowledged")
            time.sleep(0.05)


def endurance(bench: Bench) -> Iterator[Figure]:
    """`decay` and `rss_growth`: the last minute against the first of five minutes under full load."""
    seconds, window = bench.pace.endurance_seconds, int(bench.pace.window_seconds)
    packets = bench.packets_for(seconds)
    with _service(bench) as service, _watching_memory(service.pid) as memory:
        load = Load(service.transfers_url, packets, CONNECTIONS, seconds, warmup=5)
        seen = run_load(load)
    by_second = [seen.per_second[second] for second in range(int(seen.seconds))]
    first, last = sum(by_second[:window]) / window, sum(by_second[-window:]) / window
    detail = {"first_per_second": round(first, 1), "last_per_second": round(last, 1)}
    yield Figure("decay", last / first, _DECAY_BAR, detail | seen.summary())
    early, late = median(memory[5 : 5 + window]), median(memory[-window:])
    sizes = {"first_mb": round(early / _MB, 1), "last_mb": round(late / _MB, 1)}
    yield Figure("rss_growth", late / early, _GROWTH_BAR, sizes, passes_when="at_most")


@contextmanager
def _watching_memory(pid: int) -> Iterator[list[int]]:
    """Collect the process's resident memory, once a second, in bytes."""
    sizes: list[int] = []
    ended = Event()
    process = psutil.Process(pid)

    def watch() -> None:
        while not ended.wait(1):
            sizes.append(process.memory_info().rss)

    watcher = Thread(target=watch)
    watcher.start()
    try:
        yield sizes
    finally:
        ended.set()
        watcher.join()


def stored(bench: Bench) -> Iterator[Figure]:
    """`intake_at_1m_rows` and `claim_at_1m_rows`: a full database against an empty one."""
    with _service(bench) as full, _service(bench) as empty:
        intake_full, intake_empty = (bench.intake(one.transfers_url) for one in (full, empty))
        templates = [(one, _one_transfer(one)) for one in (full, empty)]
        fill(full.database_url, templates[0][1], bench.pace.stored_transfers)
        rows = {"transfers": bench.pace.stored_transfers}
        (comparison,) = by_turns(bench.pace.turns, intake_full.rate, intake_empty.rate)
        yield Figure("intake_at_1m_rows", comparison.ratio, _STORED_BAR, rows | comparison.detail())
        rates = [_claims(bench, service, template) for service, template in templates]
        (comparison,) = by_turns(bench.pace.turns, *rates)
        yield Figure("claim_at_1m_rows", comparison.ratio, _STORED_BAR, rows | comparison.detail())


def _one_transfer(service: Service) -> UUID:
    """Let the service take a packet that is in no file, and give the transfer that came of it."""
    (packet,) = make_packets(1, key_of(AGENCY), first=_IN_NO_FILE)
    return asyncio.run(_send(service, packet))


async def _send(service: Service, packet: bytes) -> UUID:
    async with service.client() as client:
        return (await client.send_packet(packet)).transfer_id


def _claims(bench: Bench, service: Service, template: UUID) -> Callable[[], float]:
    def rate() -> float:
        add_waiting(service.database_url, template, bench.pace.waiting)
        bench.server.settle()
        return claim_rate(service.database_url)

    return rate


def material_memory_mb(bench: Bench) -> Iterator[Figure]:
    with _service(bench) as service:
        grown, seconds = upload(service, bench.folder / "material", bench.pace.material_bytes)
    detail = {
        "gigabytes": round(bench.pace.material_bytes / 1024**3, 2),
        "mb_per_second": round(bench.pace.material_bytes / _MB / seconds, 1),
    }
    yield Figure("material_memory_mb", grown / _MB, _MATERIAL_BAR, detail, passes_when="at_most")


def screenings(bench: Bench) -> Iterator[Figure]:
    """`screenings_per_second` and `..._no_explanation`: the published cases in turn, on one core."""
    ours = Screenings(bench.pace.turns, bench.pace.seconds)
    explained, judged = ours.rate(ours.explained), ours.rate(ours.judged)
    detail = ours.detail(ours.explained)
    yield Figure("screenings_per_second", explained, _EXPLAINED_BAR, detail)
    detail = ours.detail(ours.judged)
    yield Figure("screenings_per_second_no_explanation", judged, _JUDGED_BAR, detail)


@contextmanager
def _service(bench: Bench, **options: Any) -> Iterator[Service]:
    with (
        bench.server.database() as database_url,
        running_service(database_url, bench.folder, **options) as service,
    ):
        yield service


FIGURES: Mapping[str, Callable[[Bench], Iterator[Figure]]] = {
    "intake_vs_as4": intake_vs_as4,
    "intake_vs_ceiling": intake_vs_ceiling,
    "end_to_end_vs_as4": end_to_end_vs_as4,
    "decay": endurance,
    "rss_growth": endurance,
    "intake_at_1m_rows": stored,
    "claim_at_1m_rows": stored,
    "material_memory_mb": material_memory_mb,
    "screenings_per_second": screenings,
    "screenings_per_second_no_explanation": screenings,
    "rescreen_1m_minutes": rescreen,
    "screen_per_second": register_figures.screen,
    "import_per_second": register_figures.imports,
    "event_cost_ratio": register_figures.event_cost,
    **dict.fromkeys(page_figures.NAMES, page_figures.pages),
}
