#!/usr/bin/env bash
# Makes the environment: `setup.sh run` for the product, `setup.sh dev` for the tests and checks as well.
set -euo pipefail
cd "$(dirname "$0")/.."
want=${1:-run}
venv=.venv

python=$(command -v python3 || true)
[ -n "$python" ] || { echo "Python 3.11 or newer is needed: install python3 and python3-venv." >&2; exit 1; }
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
  { echo "Python 3.11 or newer is needed; this is $("$python" --version)." >&2; exit 1; }

# System packages that are missing, by Debian's names: Pango for the PDF; for the tests a browser, and the programs of
# PostgreSQL and Redis, of which the tests start servers of their own (no service of the system needs to run).
missing=()
"$python" -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
have_library() { ldconfig -p 2>/dev/null | grep -q "$1" || /sbin/ldconfig -p 2>/dev/null | grep -q "$1"; }
have_library 'libpango-1\.0\.so' || missing+=(libpango-1.0-0)
have_library 'libpangoft2-1\.0\.so' || missing+=(libpangoft2-1.0-0)
have_library 'libharfbuzz-subset\.so' || missing+=(libharfbuzz-subset0)
if [ "$want" = dev ]; then
  # Debian's headless shell does the same for less work; where it is not known, a whole Chromium has to do.
  if ! command -v chromium-headless-shell chromium chromium-browser google-chrome >/dev/null; then
    [ "$(id -u)" != 0 ] || apt-cache show postgresql >/dev/null 2>&1 || apt-get update -qq >/dev/null 2>&1 || true
    apt-cache show chromium-headless-shell >/dev/null 2>&1 && missing+=(chromium-headless-shell) || missing+=(chromium)
  fi
  compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null || missing+=(postgresql)
  command -v redis-server >/dev/null || missing+=(redis-server)
fi
if [ ${#missing[@]} -gt 0 ]; then
  install="apt-get install -y --no-install-recommends ${missing[*]}"
  if ! command -v apt-get >/dev/null; then
    echo "Please install these with your system's package manager: ${missing[*]}" >&2
    [[ " ${missing[*]} " != *" python3-venv "* ]] || exit 1
  elif [ "$(id -u)" = 0 ]; then
    echo "Installing ${missing[*]}"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive $install -qq; } >/dev/null ||
      { echo "That failed. Please run: apt-get update && $install" >&2; exit 1; }
  elif command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
    echo "These system packages are missing: ${missing[*]}. Installing them with sudo."
    { sudo apt-get update -qq && sudo $install -qq; } >/dev/null ||
      { echo "That failed. Please run: sudo apt-get update && sudo $install" >&2; exit 1; }
  else
    echo "These system packages are missing. Please run: sudo apt-get update && sudo $install" >&2
    [ "$want" = run ] && [[ " ${missing[*]} " != *" python3-venv "* ]] || exit 1
    echo "Starting all the same: only PDFs cannot be made until then." >&2
  fi
fi

[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/setup.txt
sets=(-r requirements/run.txt)
[ "$want" = run ] || sets+=(-r requirements/dev.txt)
"$venv/bin/uv" pip install --quiet --compile-bytecode --python "$venv/bin/python" --require-hashes "${sets[@]}"
"$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --no-deps --no-build-isolation --editable .
"$venv/bin/python" -c 'from assessment.rendering import keep_compiled; keep_compiled()'
touch "$venv/.run-ready"
[ "$want" = run ] || touch "$venv/.dev-ready"
