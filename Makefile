# One command each. `make run` and `make test` are all a newcomer needs; the rest is for those who change things.
PYTHON ?= python3
BIN := .venv/bin
EVAL_SETS ?= qed clapnq wikiqa-dev news-2023h2
WITH_HISTORY ?= cast-2021

.PHONY: run test quick check eval bench ranker kills naughty fuzz fuzz-api lock audit clean

run: .venv/.installed
	$(BIN)/pullquote serve

test: .venv/.installed-dev
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

# A good minute on two cores: nothing that is marked slow, no command, server or browser of its own, and of each property a
# fifth of the examples.
quick: .venv/.installed-dev
	$(BIN)/python -m pytest -n auto --dist loadfile --ignore tests/e2e -p no:schemathesis -m "not slow and not e2e" \
		--hypothesis-profile quick

check: .venv/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Needs PULLQUOTE_EVAL_DIR, a folder of evaluation sets. The table of docs/quality.md: with history and day, then without.
eval: .venv/.installed
	@: "$${PULLQUOTE_EVAL_DIR:?say where the evaluation sets are}"
	$(BIN)/pullquote evaluate $(EVAL_SETS:%="$$PULLQUOTE_EVAL_DIR/%")
	$(BIN)/pullquote evaluate $(WITH_HISTORY:%="$$PULLQUOTE_EVAL_DIR/%")
	$(BIN)/pullquote evaluate --plain "$$PULLQUOTE_EVAL_DIR/news-2023h2" $(WITH_HISTORY:%="$$PULLQUOTE_EVAL_DIR/%")

# Trains the ranker and writes its weights, fit and card into qa/; PULLQUOTE_TRAINING_DIR is a folder of training sets.
# The networks of the two recipes before take part in its mean: their weights are in the history of a whole clone.
EARLIER = 7a62e92 d5ebe81
ranker: .venv/.installed-dev
	mkdir -p .ranker
	for commit in $(EARLIER); do git show $$commit:qa/ranker.safetensors > .ranker/$$commit.safetensors || exit 1; done
	$(BIN)/python -m training.make_ranker "$${PULLQUOTE_TRAINING_DIR:?say where the training sets are}" \
		--earlier $(EARLIER:%=.ranker/%.safetensors)

# Seconds for each target; `python -m tests.fuzz TARGET 0 FILE` runs a finding again.
FUZZ_SECONDS ?= 300
fuzz: .venv/.installed-dev
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[fuzz]'
	@for target in split articles question batch; do \
		$(BIN)/python -m tests.fuzz $$target $(FUZZ_SECONDS) || exit 1; done

# Every awkward string as a question and on a page of its own, in a browser (the tests take one in three): ten minutes.
naughty: .venv/.installed-dev
	PULLQUOTE_NAUGHTY=1 $(BIN)/python -m pytest tests/e2e/test_hostile.py

# A library killed 200 times (the tests do it twenty times), 500 single bytes of one flipped, and 60 lives of copies.
kills: .venv/.installed-dev
	PULLQUOTE_KILLS=200 PULLQUOTE_FLIPS=500 PULLQUOTE_LIVES=60 \
		$(BIN)/python -m pytest tests/e2e/test_kills.py tests/index/test_damage.py tests/index/test_life.py

# 2,000 requests made up from the API's own description; the tests make up a tenth as many.
fuzz-api: .venv/.installed-dev
	PULLQUOTE_FUZZ_CASES=2000 $(BIN)/python -m pytest tests/e2e/test_schemathesis.py

# Needs PULLQUOTE_EVAL_DIR too, and an hour or two.
bench: .venv/.installed-dev
	@: "$${PULLQUOTE_EVAL_DIR:?say where the evaluation sets are}"
	@for file in bench/[a-z]*.py; do echo "== $$file"; $(BIN)/python -m "bench.$$(basename $$file .py)" || exit 1; done

# The stamps are remade whenever what they stand for changes. pip, not uv: see docs/decisions.md. First all that the lock
# names, by hash; then this package, and torch of the version in constraints.txt, whose build differs by machine.
.venv/.installed: pyproject.toml constraints.txt requirements.lock
	$(PYTHON) -c 'import sys; sys.exit("Pullquote needs Python 3.11 or later: make PYTHON=python3.12 run" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

.venv/.installed-dev: .venv/.installed requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

# Renews the locks; needs `uv`, which finds what fits all systems at once.
COMPILE = .lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes -c constraints.txt \
	--no-annotate --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' pyproject.toml
WITHOUT_TORCH = awk '/^[a-z]/ { kept = !/^(torch|triton|cuda-|nvidia-)/ } /^\#/ || kept'

lock:
	$(PYTHON) -m venv .lock
	.lock/bin/pip install --quiet --disable-pip-version-check 'uv>=0.13,<1'
	$(COMPILE) --extra dev --upgrade -o .lock/dev
	$(COMPILE) -c .lock/dev -o .lock/run
	$(WITHOUT_TORCH) .lock/run > requirements.lock
	$(WITHOUT_TORCH) .lock/dev > requirements-dev.lock
	rm -r .lock

# Is a weakness known of anything that is locked? Fails where one is, and where the package index does not say.
audit:
	$(PYTHON) -m venv .audit
	.audit/bin/pip install --quiet --disable-pip-version-check 'pip-audit>=2.9,<3'
	.audit/bin/pip-audit --strict --disable-pip --no-deps -r requirements-dev.lock -r constraints.txt; found=$$?; rm -r .audit; exit $$found

clean:
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
