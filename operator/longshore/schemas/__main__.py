"""Writes what is made from the models, into the working directory: `python -m longshore.schemas`."""

from pathlib import Path

from longshore.schemas.files import build_files


def main() -> None:
    """Write each file."""
    for name, text in build_files().items():
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


if __name__ == "__main__":
    main()
