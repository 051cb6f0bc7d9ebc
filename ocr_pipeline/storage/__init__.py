"""S3, Postgres and Redis: the only room that talks to them."""
