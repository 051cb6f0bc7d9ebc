"""The files as they came, kept by their content: ``originals/<sha256>``.

An inbox belongs to its users, who move and replace files in it; what was read once can be read again from here.
"""

from ocr_pipeline.storage.objects import ObjectStore


class Originals:
    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def find(self, sha256: str) -> bytes | None:
        return self._store.get(key_of(sha256))

    def load(self, sha256: str) -> bytes:
        """Raises FileNotFoundError."""
        data = self.find(sha256)
        if data is None:
            raise FileNotFoundError(key_of(sha256))
        return data

    def save(self, sha256: str, data: bytes, media_type: str) -> None:
        self._store.put(key_of(sha256), data, media_type)


def key_of(sha256: str) -> str:
    """Where the file with this content lies in the bucket."""
    return f"originals/{sha256}"
