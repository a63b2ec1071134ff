#!/usr/bin/env bash
# Brings Kontinue.Orleans.sln and Kontinue.slnf up to date with the projects on disk. Run it after adding a project.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

solution=Kontinue.Orleans.sln

# A merge of two branches that both added projects leaves a file that cannot be read: it is made anew.
dotnet sln "$solution" list >/dev/null 2>&1 || rm -f "$solution"
if [[ ! -f $solution ]]; then
  dotnet new sln --format sln --name Kontinue.Orleans >/dev/null
fi

mapfile -t projects < <(find src load bench tests samples -name '*.csproj' -not -path '*/obj/*' 2>/dev/null | LC_ALL=C sort)
dotnet sln "$solution" add "${projects[@]}" >/dev/null

# Everything but the Orleans host and its tests.
{
  printf '{\n  "solution": {\n    "path": "%s",\n    "projects": [\n' "$solution"
  separator=''
  for project in "${projects[@]}"; do
    case $project in
      src/Grains* | src/Silo/* | load/Orleans/* | samples/HelloOrleans/* | tests/Grains* | tests/Silo*) continue ;;
    esac
    printf '%b      "%s"' "$separator" "$project"
    separator=',\n'
  done
  printf '\n    ]\n  }\n}\n'
} >Kontinue.slnf
