"""Names and addresses as recognizers spell them: which two are the same but for misread characters.

Spellings are compared by their letters and digits in upper case.
"""

from rapidfuzz.distance import Levenshtein

_LOOK_ALIKES = str.maketrans("OQDILZSGB", "000112568")
_SIMILAR = 0.9
"""Two spellings of which less agrees are two names: of ten characters one may be misread."""


def squash(text: str) -> str:
    """The letters and digits of `text`, in upper case."""
    return "".join(character for character in text.upper() if character.isalnum())


def skeleton(text: str) -> str:
    """`squash`, with characters that recognizers mix up made one: equal for ``LOT 10`` and ``L0T IO``."""
    return squash(text).translate(_LOOK_ALIKES)


def misread(read: str, usual: str) -> bool:
    """Whether `read` can be `usual` with a few characters misread, lost or added.

    Digits must be the same up to look-alikes: another digit is another house, or another branch.
    """
    left, right = squash(read), squash(usual)
    folded = left.translate(_LOOK_ALIKES), right.translate(_LOOK_ALIKES)
    if Levenshtein.normalized_similarity(*folded, score_cutoff=_SIMILAR) == 0:
        return False
    for edit in Levenshtein.editops(*folded):
        lost = edit.tag != "insert" and left[edit.src_pos].isdigit()
        added = edit.tag != "delete" and right[edit.dest_pos].isdigit()
        if lost or added:
            return False
    return True
