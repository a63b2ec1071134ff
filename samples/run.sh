#!/usr/bin/env bash
# Runs all samples end to end, against servers of its own on free ports with temporary data. Fails at the first thing that is not right.
# CONFIGURATION=Release (default Debug) chooses the build.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 NO_COLOR=1
configuration=${CONFIGURATION:-Debug}
work=$(mktemp -d)
servers=()

finish() {
  status=$?
  for server in "${servers[@]}"; do
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  done
  if [[ $status -ne 0 ]]; then
    echo "FAILED. What the servers said:" >&2
    cat "$work"/*.log >&2 || true
  fi
  rm -rf "$work"
  exit "$status"
}
trap finish EXIT

check() { # what, expected, actual
  if [[ "$2" != "$3" ]]; then
    echo "not ok: $1: expected '$2', got '$3'" >&2
    exit 1
  fi
  echo "ok: $1"
}

# Waits until a command succeeds; gives up after 30 seconds.
eventually() { # what, command...
  local what=$1 end=$((SECONDS + 30))
  shift
  until "$@" >/dev/null 2>&1; do
    if [[ $SECONDS -ge $end ]]; then
      echo "not ok: $what: not within 30s" >&2
      exit 1
    fi
    sleep 0.1
  done
  echo "ok: $what"
}

# The address that a server's log names, once it is there.
address() { grep -om1 'http://127\.0\.0\.1:[0-9]*' "$1"; }

dotnet build src/Cli -c "$configuration" --nologo -v quiet
dotnet build samples/HelloWorker -c "$configuration" --nologo -v quiet
dotnet build samples/ClientConsole -c "$configuration" --nologo -v quiet
kontinue() { dotnet "src/Cli/bin/$configuration/net10.0/kontinue.dll" "$@"; }
phase() { kontinue get executions "$1" | awk 'NR == 2 { print $3 }'; }
waits_for() { kontinue get executions "$1" | grep -q "Waits for: *$2"; }

echo "== server"
dotnet "src/Cli/bin/$configuration/net10.0/kontinue.dll" dev --urls http://127.0.0.1:0 --data "$work/data" >"$work/dev.log" 2>&1 &
servers+=($!)
eventually "the development server listens" address "$work/dev.log"
KONTINUE_SERVER=$(address "$work/dev.log")
export KONTINUE_SERVER
check "it is ready" ok "$(curl -sf "$KONTINUE_SERVER/readyz")"
check "hello answers" '"Hello, Ada!"' "$(kontinue execute hello --wait --timeout 30s --args '{"name": "Ada"}')"

echo "== checksum-tree"
mkdir -p "$work/tree/deep/er"
for i in $(seq 250); do echo "file $i" >"$work/tree/f$i"; done
echo odd >"$work/tree/deep/er/"$'new\nline and \\ backslash'
: >"$work/tree/deep/empty"
ln -s f1 "$work/tree/link"
result=$(kontinue execute checksum-tree --wait --timeout 120s --args "{\"path\": \"$work/tree\", \"manifest\": \"$work/sums\", \"log\": \"$work/hashed\"}")
check "its result counts the files" "{\"files\":252,\"manifest\":\"$work/sums\"}" "$result"
check "the manifest has all files" 252 "$(wc -l <"$work/sums")"
sha256sum --quiet --strict -c "$work/sums"
echo "ok: sha256sum -c accepts the manifest"
check "each file was hashed once" 252 "$(sort -u "$work/hashed" | wc -l)"
check "and none twice" 252 "$(wc -l <"$work/hashed")"
code=0
kontinue execute checksum-tree --wait --timeout 30s --args "{\"path\": \"$work/nowhere\", \"manifest\": \"$work/none\", \"log\": \"$work/hashed\"}" 2>"$work/message" || code=$?
check "a folder that is not there fails" 3 "$code"
check "and the message names it" 1 "$(grep -c "$work/nowhere" "$work/message")"

echo "== deploy-cluster"
for name in kept aborted; do
  kontinue execute deploy-cluster --name "$name" --args "{\"plan\": \"$PWD/samples/DeployCluster/plan.json\"}"
  eventually "$name waits for its approval" waits_for "$name" "Suspend approval"
  kontinue resume "$name" --suspension approval --payload '{"approved": true, "by": "ada"}'
  eventually "$name can be aborted" waits_for "$name" "Event abort"
done
kontinue resume kept --suspension watch
kontinue event aborted abort --payload '"smoke tests failed"'
result() { curl -sf "$KONTINUE_SERVER/apis/kontinue.cloud/v1alpha1/namespaces/default/executions/$1/result?wait=30s"; }
check "the one ends deployed" '"outcome":"deployed","by":"ada"' "$(result kept | grep -o '"outcome":"[a-z]*","by":"[a-z ]*"')"
check "the other aborted" '"outcome":"aborted","by":"smoke tests failed"' "$(result aborted | grep -o '"outcome":"[a-z]*","by":"[a-z ]*"')"
check "its phase is Completed" Completed "$(phase aborted)"

echo "== a job"
kontinue execute count-job --name count --args '{"seconds": 3}'
eventually "count waits for its job" waits_for count "Job count"
check "its result is what the process wrote" '"1 2 3"' "$(result count)"

echo "== client-console"
said=$(timeout 60 dotnet "samples/ClientConsole/bin/$configuration/net10.0/Kontinue.Samples.ClientConsole.dll" "$PWD/samples/DeployCluster/plan.json")
check "it executes, watches, resumes, sends an event and lists" "Hello, Ada! aborted by seen enough listed as Completed" "${said//$'\n'/ }"

echo "== hello-worker"
dotnet "samples/HelloWorker/bin/$configuration/net10.0/Kontinue.Samples.HelloWorker.dll" --urls http://127.0.0.1:0 --database "$work/hello.db" >"$work/hello.log" 2>&1 &
servers+=($!)
eventually "the worker listens" address "$work/hello.log"
executions="$(address "$work/hello.log")/apis/kontinue.cloud/v1alpha1/namespaces/default/executions"
curl -sf "$executions?wait=30s" -H 'Content-Type: application/json' \
  -d '{"metadata": {"name": "ada"}, "spec": {"function": "hello-worker", "arguments": {"name": "Ada"}}}' >/dev/null
check "it greets and rolls" 1 "$(curl -sf "$executions/ada/result?wait=30s" | grep -Ec '^"Hello, Ada! You rolled a [1-6]\."$')"
check "the name is taken now" 409 "$(curl -s -o /dev/null -w '%{http_code}' "$executions" -H 'Content-Type: application/json' \
  -d '{"metadata": {"name": "ada"}, "spec": {"function": "hello-worker", "arguments": {"name": "Ada"}}}')"

echo "== hello-orleans"
if dotnet restore samples/HelloOrleans --nologo -v quiet >"$work/restore.log" 2>&1; then
  dotnet build samples/HelloOrleans -c "$configuration" --no-restore --nologo -v quiet -clp:NoSummary
  hello=("dotnet" "samples/HelloOrleans/bin/$configuration/net10.0/Kontinue.Samples.HelloOrleans.dll")
  ports=$((20000 + RANDOM % 10000))
  silo() { # log
    "${hello[@]}" --silo-port "$ports" --gateway-port "$((ports + 1))" --database "$work/orleans.db" >"$1" 2>&1 &
    servers+=($!)
    eventually "a silo runs" grep -q "Application started" "$1"
  }
  silo "$work/silo1.log"
  timeout 120 "${hello[@]}" call Ada --gateway-port "$((ports + 1))" >"$work/said" &
  caller=$!
  eventually "the dice is rolled" grep -q "has rolled" "$work/silo1.log"
  kill -9 "${servers[-1]}"
  silo "$work/silo2.log"
  wait "$caller"
  dice=$(grep -o 'rolled a [1-6]' "$work/silo1.log")
  check "who waited while the silo was killed has the answer" "Hello, Ada! You $dice." "$(<"$work/said")"
  check "and the dice was not rolled again" 0 "$(grep -c 'has rolled' "$work/silo2.log" || true)"
else
  grep -q 'error NU110[0-9]' "$work/restore.log" || { cat "$work/restore.log" >&2; exit 1; }
  echo "skipped: not all packages of Orleans could be restored."
fi

echo "All samples passed."
