"""Run the program `qwen-bridge` by `python -m adapters`, where the package is not installed."""

from adapters.cli.main import main

if __name__ == "__main__":
    main()
