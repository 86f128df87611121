#!/bin/sh
# Makes the environment that `make` works in: a Python that fits, the system's libraries, the pinned packages.
# Use: environment.sh FOLDER. Ends with 2 and a sentence when something is missing that it may not install itself.
set -eu
cd "$(dirname "$0")/.."
folder=$1

fits() {
    "$1" -c 'import sys; raise SystemExit(not (3, 11) <= sys.version_info[:2] < (3, 14))' >/dev/null 2>&1
}

python=
for candidate in "${PYTHON:-}" "$folder/bin/python" python3.11 python3.12 python3.13 python3 python; do
    if [ -n "$candidate" ] && fits "$candidate"; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "Cloud Designer needs Python 3.11, 3.12 or 3.13 and found none." >&2
    echo "Install one (apt-get install python3 python3-venv), or name it: make PYTHON=/path/to/python" >&2
    exit 2
fi

"$python" packaging/system_libraries.py --install

if ! fits "$folder/bin/python"; then
    echo "Making the environment in $folder with $("$python" --version) ..."
    "$python" -m venv "$folder"
fi
"$folder/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check -c constraints.txt -e '.[dev]'
# Bytecode, with all processors; what only tests import, and little of it, they compile when they import it.
"$folder/bin/python" -m compileall -qq -j 0 -x '/(dask|graphql|moto|mypy|networkx|pip|setuptools|sympy)/' \
    designer "$("$folder/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" || true
