"""The whole stack on one machine: real Postgres, Redis and S3 from wheels, and the processes."""
