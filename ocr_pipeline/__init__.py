"""Documents in (receipts, invoices, forms, letters), validated records out."""
