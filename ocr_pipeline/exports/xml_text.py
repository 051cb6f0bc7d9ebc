"""Text as XML takes it."""

import re
from xml.etree import ElementTree

_NO_XML = re.compile("[\ufffe\uffff]")
"""The last characters that XML 1.0 does not allow: a word holds no control characters and no lone surrogates."""


def allowed(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)


def document(root: ElementTree.Element, doctype: str = "") -> bytes:
    """The file, in UTF-8 and indented."""
    ElementTree.indent(root, " ")
    body = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{doctype}{body}\n'.encode()
