"""`python -m benchmarks`: reads over HTTPS, with the load generator on the same machine."""

from benchmarks import http_load

if __name__ == "__main__":
    http_load.main()
