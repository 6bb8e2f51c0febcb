# Everything a developer does starts here; `make` alone lists it.
#
#   PYTHON=python3.12   which interpreter makes .venv (used only when .venv is made anew)
#   ENGINE=…            the speech recogniser of `make demo`: faster-whisper or openai-whisper
#   DEMO_ARGS=…         further words for `callmark demo`
#   PYTEST_ARGS=…       further words for pytest: make test PYTEST_ARGS="tests/domain -k hold"
#   BENCH_ARGS=…        further words for a bench
#   LOCK_ARGS=…         further words for the lock: make lock LOCK_ARGS=--upgrade

PYTHON ?= python3
bin := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore
export UV_HTTP_TIMEOUT ?= 180
# A mirror that is set for pip serves uv too.
ifneq ($(PIP_INDEX_URL),)
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif

# Who fills .venv writes its process number into this file and removes it when done. Found afterwards,
# it means that an installation was cut short, and .venv is made anew rather than trusted.
unfinished := .venv/.unfinished

setup_inputs := pyproject.toml requirements/uv.txt requirements/runtime.txt requirements/dev.txt
whisper_lock := requirements/openai-whisper.txt
torch := torch==2.13.0

.NOTPARALLEL:
.DEFAULT_GOAL := help

.PHONY: help
help: ## list these targets
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "make %-15s %s\n", $$1, $$2 }' Makefile

.PHONY: setup
setup: ## make .venv with callmark and its tools; does nothing when nothing changed
	@set -eu; \
	stamp=$$({ pwd; cat $(setup_inputs); } | cksum); \
	if [ -f $(unfinished) ] && kill -0 "$$(cat $(unfinished))" 2>/dev/null; then \
		echo "Another make (process $$(cat $(unfinished))) is filling .venv: wait for it, then try again." >&2; exit 1; \
	fi; \
	if [ ! -f $(unfinished) ] && [ "$$(cat .venv/.setup 2>/dev/null)" = "$$stamp" ] && $(bin)/python -c '' 2>/dev/null; then \
		exit 0; \
	fi; \
	if [ -f $(unfinished) ] || ! $(bin)/python -m pip --version >/dev/null 2>&1 \
			|| [ "$$(cat .venv/.place 2>/dev/null || pwd)" != "$$(pwd)" ]; then \
		version=$$($(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || { \
			echo "Callmark needs Python 3.11 or newer, and '$(PYTHON)' does not run here." >&2; exit 1; }; \
		$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
			echo "Callmark needs Python 3.11 or newer, and '$(PYTHON)' is $$version." >&2; \
			echo "Name a newer one: make setup PYTHON=python3.12" >&2; exit 1; }; \
		$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
			echo "'$(PYTHON)' cannot make virtual environments (on Debian and Ubuntu: apt install python3-venv)." >&2; exit 1; }; \
		rm -rf .venv; mkdir .venv; echo $$$$ > $(unfinished); \
		echo "Making .venv with Python $$version"; \
		$(PYTHON) -m venv .venv; \
	fi; \
	echo $$$$ > $(unfinished); rm -f .venv/.setup; pwd > .venv/.place; \
	echo "Installing Callmark and its tools into .venv (about 560 MB to download the first time)"; \
	$(bin)/python -m pip install --quiet --require-hashes -r requirements/uv.txt; \
	$(bin)/uv pip install --quiet --compile-bytecode --python $(bin)/python --require-hashes -r requirements/runtime.txt -r requirements/dev.txt; \
	$(bin)/uv pip install --quiet --python $(bin)/python --no-deps --no-build-isolation --editable .; \
	echo "$$stamp" > .venv/.setup; rm -f $(unfinished); \
	echo "Ready: .venv/bin/callmark"
	@$(bin)/python hatch_build.py

# torch comes by plain pip, which takes a CPU build where the machine offers one; see docs/decisions/0003.
.PHONY: openai-whisper
openai-whisper: setup ## add the second recogniser, openai-whisper, and torch
	@set -eu; \
	stamp=$$({ echo $(torch); cat $(whisper_lock); } | cksum); \
	if [ "$$(cat .venv/.openai-whisper 2>/dev/null)" = "$$stamp" ]; then exit 0; fi; \
	echo $$$$ > $(unfinished); rm -f .venv/.openai-whisper; \
	echo "Adding openai-whisper and torch to .venv (from 250 MB to several GB, by what torch needs on this machine)"; \
	$(bin)/python -m pip install --quiet --no-deps --no-build-isolation --require-hashes -r $(whisper_lock); \
	$(bin)/python -m pip install --quiet --no-warn-conflicts $(torch); \
	echo "$$stamp" > .venv/.openai-whisper; rm -f $(unfinished); \
	echo "Ready: --engine openai-whisper"

.PHONY: demo
demo: setup $(filter openai-whisper,$(ENGINE)) ## start Callmark with the shipped recordings in it, and open it
	@$(bin)/callmark demo $(if $(ENGINE),--engine $(ENGINE)) $(DEMO_ARGS)

# The tests of the pages use the browser of the system, best the one without a window of its own, which opens a page in
# half the time; only root can install it.
.PHONY: browser
browser:
	@set -eu; \
	if command -v chromium-headless-shell >/dev/null; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Chromium for the tests of the pages"; \
		export DEBIAN_FRONTEND=noninteractive; \
		apt-get update -qq; \
		apt-get install -qq -y --no-install-recommends chromium-headless-shell >/dev/null \
			|| command -v chromium >/dev/null \
			|| apt-get install -qq -y --no-install-recommends chromium >/dev/null; \
	elif ! command -v chromium >/dev/null; then \
		echo "There is no chromium on this machine, so the tests of the pages will be left out (Debian: apt install chromium)."; \
	fi

.PHONY: test
test: setup openai-whisper browser lint ## run everything that must pass before a change lands
	$(bin)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile $(PYTEST_ARGS)

.PHONY: test-faults
test-faults: setup browser ## measure the bar for reliability and security at full size, goes on where it was cut off: make test-faults ROW=11 FRESH=1
	$(bin)/python -m tests.bar $(if $(ROW),--row $(ROW)) $(if $(FRESH),--fresh)

.PHONY: audit
audit: setup ## ask about known faults of everything that is locked, and write the SBOM: dist/sbom.json (STRICT=1: fail where nobody answers)
	$(bin)/python -m requirements.audit $(if $(STRICT),--strict)
	$(bin)/python -m requirements.audit --sbom

.PHONY: lint
lint: setup ## check style, types and the direction of imports
	@status=0; \
	for check in "ruff check --output-format concise ." "ruff format --check --output-format concise ." mypy lint-imports; do \
		echo "$$check"; $(bin)/$$check || status=1; \
	done; \
	exit $$status

.PHONY: bench
bench: openai-whisper ## measure speed beside others that use the same weights, into docs/speed.md (half an hour)
	$(bin)/uv pip install --quiet --python $(bin)/python --require-hashes -r requirements/bench.txt
	$(bin)/python -m bench.speed --report docs/speed.md $(BENCH_ARGS)

.PHONY: bench-rules
bench-rules: setup ## how many stored calls are judged a second: make bench-rules BENCH_ARGS="zh --calls 500"
	$(bin)/python -m bench.scoring $(BENCH_ARGS)

.PHONY: bench-holds
bench-holds: setup ## how well and how fast holds are found: make bench-holds BENCH_ARGS=FOLDER
	$(bin)/python -m bench.holds $(BENCH_ARGS)

.PHONY: bench-metrics
bench-metrics: setup ## time the pass-rate API over ten million evaluations, beside raw SQL: make bench-metrics BENCH_ARGS="--rows 100000"
	$(bin)/python -m bench.metrics $(BENCH_ARGS)

.PHONY: bench-pages
bench-pages: setup ## time every page over 100,000 calls: make bench-pages BENCH_ARGS="--calls 1000"
	$(bin)/python -m bench.pages $(BENCH_ARGS)

.PHONY: bench-ratios
bench-ratios: setup ## whether rules, holds, metrics or pages are slower than bench/ratios.json says: make bench-ratios BENCH_ARGS=--write
	$(bin)/python -m bench.ratios $(BENCH_ARGS)

.PHONY: format
format: setup ## mend what can be mended by machine: layout, order of imports
	$(bin)/ruff check --fix-only --quiet .
	$(bin)/ruff format .

compile = $(bin)/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
	--no-emit-index-url --custom-compile-command "make lock" $(LOCK_ARGS)

.PHONY: migration
migration: setup ## write a migration from changed models: make migration NAME="add queue to call"
	$(bin)/python -m migrations.write "$(NAME)"

.PHONY: words
words: setup ## bring frontend/locales up to date with the words in code and templates
	$(bin)/python -m frontend.gather_words

.PHONY: lock
lock: setup ## work out requirements/*.txt again from pyproject.toml
	$(compile) pyproject.toml --output-file requirements/runtime.txt
	$(compile) --group dev --constraint requirements/runtime.txt --output-file requirements/dev.txt
	$(compile) --group installer --output-file requirements/uv.txt
	$(compile) --group bench --constraint requirements/runtime.txt --output-file requirements/bench.txt
	$(compile) pyproject.toml --extra openai-whisper --group torch-needs \
		--override requirements/without-torch.txt --no-emit-package torch --no-emit-package triton \
		--constraint requirements/runtime.txt --constraint requirements/dev.txt --output-file $(whisper_lock)

.PHONY: clean
clean: ## remove .venv and everything that tools left behind
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache dist app/web/dist frontend/node_modules
	find app bench fixtures tests -type d -name __pycache__ -prune -exec rm -rf {} +
