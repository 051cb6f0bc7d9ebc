"""The typefaces that lines are drawn in: npm packages, named in ``fonts.txt``, unpacked into a folder."""

import io
import re
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from fontTools.ttLib import TTFont, TTLibError
from PIL import ImageFont

from training.errors import TrainingError

_PACKAGES = Path(__file__).with_name("fonts.txt")
_WANTED = re.compile(r"-latin-(400|700)-normal\.woff$|\.ttf$")
"""Files of the packages: regular and bold of the ones that come in many parts and weights."""
_SUFFIXES = {".ttf", ".otf", ".woff"}


@dataclass(frozen=True)
class Typeface:
    """A font file."""

    name: str
    """The file's."""
    data: bytes
    characters: frozenset[str]

    def can_draw(self, text: str) -> bool:
        return self.characters.issuperset(text.replace(" ", ""))

    def at(self, size: int) -> ImageFont.FreeTypeFont:
        """`size` in pixels."""
        return ImageFont.truetype(io.BytesIO(self.data), size)


def fetch(folder: Path) -> None:
    """Has npm download the packages, and unpacks their fonts into `folder`. Raises `TrainingError`."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as downloads:
        command = ["npm", "pack", "--silent", f"--pack-destination={downloads}", *packages()]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - the names are ours
        except FileNotFoundError as error:
            raise TrainingError("Fonts are fetched by npm, which is not installed: install Node.js.") from error
        except subprocess.CalledProcessError as error:
            raise TrainingError(f"npm could not fetch the fonts: {error.stderr.strip()}") from error
        for package in sorted(Path(downloads).glob("*.tgz")):
            _unpack(package, folder)


def packages() -> list[str]:
    return _PACKAGES.read_text(encoding="ascii").split()


def load(folder: Path) -> list[Typeface]:
    """Every font file in `folder`. Raises `TrainingError` where there is none, or one cannot be used."""
    found = sorted(file for file in folder.glob("*") if file.suffix.lower() in _SUFFIXES)
    if not found:
        raise TrainingError(f"There are no fonts in {folder}. The option --fetch-fonts puts them there.")
    return [_typeface(file) for file in found]


def _unpack(package: Path, folder: Path) -> None:
    with tarfile.open(package) as archive:
        for member in archive:
            if _WANTED.search(member.name) and (content := archive.extractfile(member)):
                (folder / Path(member.name).name).write_bytes(content.read())


def _typeface(file: Path) -> Typeface:
    try:
        with TTFont(file) as font:
            characters = frozenset(map(chr, font.getBestCmap()))
    except (TTLibError, OSError) as error:
        raise TrainingError(f"{file} is not a font that can be read: {error}") from error
    return Typeface(file.name, file.read_bytes(), characters)
