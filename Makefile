# make demo   a real micrograph, from nothing to particles in napari
# make test   every test of all three tiers, by two processes (one: make test ARGS="-n 0")
# make lint   formatting, lints, types
# make docs   the manual, into docs/_build/html
# make bench  the tables of benchmarks/ (make bench ARGS="measure --quick")
.PHONY: demo test lint docs bench lowest clean
.NOTPARALLEL:

demo:
	@sh tools/setup.sh demo
	@sh tools/with-display.sh auto .venv/bin/specks demo --out demo-output

test:
	@sh tools/setup.sh test
	@sh tools/with-display.sh virtual .venv/bin/python -m pytest -n 2 --dist worksteal $(ARGS)

lint:
	@sh tools/setup.sh lint
	.venv/bin/ruff format --check src tests benchmarks docs
	.venv/bin/ruff check src tests benchmarks docs
	.venv/bin/mypy

docs:
	@sh tools/setup.sh docs
	.venv/bin/python -m sphinx -W --keep-going -b html docs docs/_build/html

bench:
	@sh tools/setup.sh test
	.venv/bin/python -m benchmarks $(ARGS)

# The core tier on the oldest versions that pyproject.toml allows (needs uv).
lowest:
	uv venv --clear --python 3.11 .venv-lowest
	uv pip install --python .venv-lowest --resolution lowest-direct -e ".[io,vendor,cluster]" --group test
	.venv-lowest/bin/python -m pytest -p no:pytest-qt -m "not widgets and not window" --ignore=tests/ui --ignore=tests/pixels --ignore=tests/toy_dock.py

clean:
	rm -rf .venv .venv-lowest demo-output docs/_build build dist
