#!/usr/bin/env bash
# ansible-lint and ansible-test sanity of the collection, by the tools in the venv $1; both want it under its full name.
set -euo pipefail
tools=$(cd "$1" && pwd)
here=$tools/ansible_collections/clawupgrade/openclaw
export PATH=$tools/bin:$PATH ANSIBLE_COLLECTIONS_PATH=$tools
rm -rf "$here"
mkdir -p "$(dirname "$here")"
cp -r "$(dirname "$0")/../../ansible" "$here"
cd "$here"
git init --quiet . && git add --all # ansible-test asks git which files there are
ansible-lint --offline --profile production
ansible-test sanity --venv --python "$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')" "${@:2}"
