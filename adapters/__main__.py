"""`python -m adapters` is the program `qwen-bridge`, where the package is not installed."""

from adapters.cli.main import main

if __name__ == "__main__":
    main()
