"""The default engine: PP-OCRv6 finds the lines of a page, and a recognizer tuned on receipts and letters reads them."""
