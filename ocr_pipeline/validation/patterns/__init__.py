"""What accepted documents of a vendor taught, and how it settles what the next one leaves open.

Only habits count: what at least three of a vendor's latest documents show, and four of five of those that tell.
"""
