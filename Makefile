# Each target is one or two plain commands; without make, type them.
BIN = .venv/bin

.PHONY: setup test check picture

setup:
	python3 -m venv .venv
	$(BIN)/pip install -e ".[all,test]"

test:
	$(BIN)/python -m pytest

check:
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/codespell README.md CONTRIBUTING.md CHANGELOG.md docs src tests
	$(BIN)/lint-imports --no-logo
	$(BIN)/pyright

picture:
	$(BIN)/immunarium trial rosenberg-1985 --report docs/images/rosenberg-1985.png
