"""Which documents of a run can be worked on together, once its worker has died under some of them."""

from collections.abc import Mapping, Sequence

from ocr_pipeline.storage.ledger_rows import LedgerDocument

Group = list[LedgerDocument]
"""Documents of the same content: one after the other, so that it costs once."""


def together_and_alone(
    documents: Sequence[LedgerDocument], begun: Mapping[str, int]
) -> tuple[list[Group], list[Group]]:
    """What can be worked on together, and what must be worked on alone after that, in this order.

    Alone is what a worker had begun when it ended: `begun` says how often, by document id. Any of it may be to blame,
    and if it is so again, then without company: nothing is blamed for its neighbour more than once. What has been
    blamed most comes last.
    """
    groups: dict[str, Group] = {}
    for document in documents:
        groups.setdefault(document.content or document.id, []).append(document)
    blame = {key: max(begun.get(document.id, 0) for document in group) for key, group in groups.items()}
    together = [group for key, group in groups.items() if not blame[key]]
    alone = [groups[key] for key in sorted(groups, key=blame.__getitem__) if blame[key]]
    return together, alone
