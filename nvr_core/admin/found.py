"""Answers about devices in the network: which there are, and which of them were added."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial

from nvr_core.admin import answers, questions
from nvr_core.admin.office import Office
from nvr_core.contract import Identity, IdentityKind
from nvr_core.discovery import interfaces, networks
from nvr_core.discovery.merging import Met, known
from nvr_core.state import instances


async def answer(
    office: Office, asked: questions.Search
) -> AsyncGenerator[answers.Found | answers.Progress, None]:
    wanted = [networks.parse(one) for one in asked.networks]
    met: tuple[Met, ...] = ()
    searching = office.discovery.search(wanted, interfaces.own())
    async with aclosing(searching) as searching:
        async for progress in searching:
            met = tuple(progress.met)
            yield answers.Progress(
                sentence=f"searching, {len(met)} found",
                done=progress.done,
                of=progress.total or None,
            )
    ours = await _ours(office)
    for one in met:
        yield _said(one, ours)


@dataclass(frozen=True, kw_only=True)
class _Ours:
    marks: Mapping[Identity, str]
    addresses: Mapping[str, str]


async def _ours(office: Office) -> _Ours:
    """By what the office's own devices are known again."""
    written = office.devices.written
    names = {one.device: one.name for one in written.devices}
    by_instance = {one.instance: one for one in written.devices}
    marks = {
        Identity(kind=IdentityKind(kind), value=value): names[device]
        for device, pairs in written.identities.items()
        if device in names
        for kind, value in pairs
    }
    marked = {device for device, pairs in written.identities.items() if pairs}
    stored = await office.state.read(partial(instances.list_instances, kind="vendor"))
    addresses = {
        str(one.config["address"]): by_instance[one.instance].name
        for one in stored
        if one.instance in by_instance
        and by_instance[one.instance].device not in marked
        and one.config.get("address")
    }
    return _Ours(marks=marks, addresses=addresses)


def _said(met: Met, ours: _Ours) -> answers.Found:
    best = met.best
    return answers.Found(
        address=met.address,
        port=best.find.port,
        vendor=best.vendor,
        certainty=best.find.certainty.value,
        manufacturer=met.word("manufacturer"),
        model=met.word("model"),
        firmware=met.word("firmware"),
        name=met.word("name"),
        identities=tuple(sorted((one.kind.value, one.value) for one in met.identities)),
        others=tuple(sorted({one.vendor for one in met.ways} - {best.vendor})),
        added=known(met, ours.marks, ours.addresses),
        refusal=str(best.find.refusal or ""),
    )
