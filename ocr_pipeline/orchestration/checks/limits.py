"""Whether a share is on the wrong side of its limit, or may be so by chance."""

_CHANCE = 0.01


def is_beyond(bad: float, of: int, most: float) -> bool:
    """Whether `bad` of `of` documents are more than the share `most` allows.

    A batch is a sample. A single document is 0 % or 100 % bad, and of twenty, of which one in ten is bad in the long
    run, now and then five are. So only that counts which would have a chance of less than one in a hundred, were the
    true share just what is allowed (the upper tail of the binomial distribution); of usual batches, which are below
    their limit, far fewer come so far. One bad document never counts: what happened once may be the document's own
    trouble. At the limit 0.2 it takes 3 of 3, 9 of 20, or 55 of 200. Where nothing at all is allowed, all counts.

    `bad` may be a sum of amounts between 0 and 1, one a document: those vary less than what is either 0 or 1.
    """
    if most == 0:
        return bad > 0
    return bad > max(1.0, most * of) and chance_of(bad, of, most) < _CHANCE


def chance_of(bad: float, of: int, share: float) -> float:
    """How likely so many or more are bad where each is so with the probability `share`; `bad` is above 0."""
    # It takes 0.1 s to import, and who only looks at the definitions has no need of it.
    from scipy.special import betainc

    return float(betainc(bad, of - bad + 1, share))
