#!/usr/bin/env bash
# Restores, builds and tests everything in Release. Ends with one line: N passed, N failed, N skipped.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

results=TestResults
rm -rf "$results"
mkdir -p "$results"

# The Orleans packages are not in every copy of the package registry; what does not need them is built and tested all the same.
solution=Kontinue.Orleans.sln
if dotnet restore "$solution" >"$results/restore.log" 2>&1; then
  echo "Testing $solution: all packages could be restored."
else
  if ! grep -q 'error NU110[0-9]' "$results/restore.log"; then
    cat "$results/restore.log" >&2
    echo "The restore of $solution failed for another reason than a missing package." >&2
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
  fi
  solution=Kontinue.slnf
  echo "Testing $solution: not all packages of Kontinue.Orleans.sln could be restored."
  if ! dotnet restore "$solution" >"$results/restore.log" 2>&1; then
    cat "$results/restore.log" >&2
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
  fi
fi

if ! dotnet build "$solution" -c Release --no-restore --nologo -v quiet; then
  echo "The build failed." >&2
  echo "0 passed, 1 failed, 0 skipped"
  exit 1
fi

# One test project at a time: the crash and timing tests start processes of their own and need the cores.
status=0
dotnet test "$solution" -c Release --no-build --nologo -m:1 --logger trx --logger "console;verbosity=minimal" \
  --results-directory "$results" "$@" || status=$?

read -r passed failed skipped < <(
  find "$results" -name '*.trx' -exec grep -ho '<Counters [^>]*>' {} + | awk '
    function count(name,  text) {
      if (!match($0, " " name "=\"[0-9]+\"")) { return 0 }
      text = substr($0, RSTART, RLENGTH); gsub(/[^0-9]/, "", text); return text + 0
    }
    { passed += count("passed"); run += count("executed"); all += count("total") }
    END { print passed + 0, run - passed, all - run }')

if [[ $status -ne 0 && $failed -eq 0 ]]; then
  echo "A test project ended without reporting its failure." >&2
  failed=1
fi

if [[ $((passed + failed)) -eq 0 ]]; then
  echo "No test ran." >&2
  status=1
fi

if [[ $failed -ne 0 ]]; then
  status=1
fi

echo "$passed passed, $failed failed, $skipped skipped"
exit "$status"
