"""A cut of `cuts` as an AAF."""

from __future__ import annotations

from tests.turnover.cuts import Cut


def aaf(cut: Cut, path: str, file_timecode: bool) -> None:
    """Composition, master mobs, file mobs and tape mobs, by pyaaf2."""
    import aaf2
    from aaf2.auid import AUID

    rate = str(cut.rate)
    with aaf2.open(path, "w") as file:
        dissolve = file.create.OperationDef(
            AUID("0c3bea40-fc05-11d2-8a29-0050040ef7d2"), "VideoDissolve"
        )
        dissolve.media_kind = "picture"
        dissolve["NumberInputs"].value = 2
        file.dictionary.register_def(dissolve)
        masters = {}
        for take in cut.takes:
            tape, source, master = (
                file.create.SourceMob(), file.create.SourceMob(), file.create.MasterMob()
            )  # fmt: skip
            tape.name = master.name = take.name
            source.name = f"{take.name}.PHYS"
            tape.descriptor = file.create.TapeDescriptor()
            source.descriptor = file.create.ImportDescriptor()
            file.content.mobs.extend([tape, source, master])
            # The file begins ten frames into its tape.
            slots = [mob.create_picture_slot(rate) for mob in (tape, source, master)]
            slots[0].segment = file.create.SourceClip(media_kind="picture", length=10**6)
            for mob, start in ((tape, take.start - 10), (source, take.start)):
                if mob is tape or file_timecode:
                    code = mob.create_timeline_slot(rate)
                    segment = file.create.Timecode(cut.nominal, drop=cut.drop)
                    segment.start, segment.length = start, 10**6
                    code.segment = segment
            slots[1].segment = tape.create_source_clip(slots[0].slot_id, 10, take.frames)
            slots[2].segment = source.create_source_clip(slots[1].slot_id, 0, take.frames)
            masters[take.name] = master, slots[2].slot_id
        edit = file.create.CompositionMob("CUT")
        edit.usage = "Usage_TopLevel"
        file.content.mobs.append(edit)
        slot = edit.create_picture_slot(rate)
        sequence = file.create.Sequence(media_kind="picture")
        slot.segment = sequence
        at = cut.uses[0].record
        for place, use in enumerate(cut.uses):
            if use.record > at:
                sequence.components.append(file.create.Filler("picture", use.record - at))
            before = cut.uses[place - 1] if place else None
            if before is not None and use.head + before.tail:
                over = use.head + before.tail
                mix = file.create.Transition("picture", over)
                mix["CutPoint"].value = use.head
                mix["OperationGroup"].value = file.create.OperationGroup(dissolve, over)
                sequence.components.append(mix)
            master, slot_id = masters[use.take.name]
            sequence.components.append(
                master.create_source_clip(
                    slot_id, use.first - use.head, use.length + use.head + use.tail
                )
            )
            at = use.record + use.length
