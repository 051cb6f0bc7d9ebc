"""A document's recognized text with its geometry, as files for people and other programs.

`export.export` is the way in. The rest: `placement` (words as they stand in their line), `layout` (lines to
paragraphs, rows and tables) and a module for each format.
"""
